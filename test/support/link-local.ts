/**
 * To be run in its own network namespace. Makes a cable to another one, where a server has a link-local
 * address, fetches from there, and prints the result.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { openSource } from '../../src/fetch/open-source.ts';
import { hasty, readAll } from './read.ts';

const [role, address = '', pemPath = ''] = process.argv.slice(2);
const content = 'what is fetched';

/** `nodad`: otherwise an address may not be used for a second or two. */
async function setUp(name: string, own: string): Promise<void> {
  await execa('ip', ['address', 'add', `${own}/64`, 'dev', name, 'nodad']);
  await execa('ip', ['link', 'set', name, 'up']);
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.on('request', ({ url, headers }, answer) => {
    if (url === '/again') answer.writeHead(302, { Location: `//${headers.host}/x` }).end();
    // The zone is not sent to the server.
    else answer.end(headers.host?.startsWith(`[${address}]:`) ? content : headers.host);
  });
  server.listen(0, '::');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function serve(): Promise<void> {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  await setUp('far0', address);
  const pem = readFileSync(pemPath, 'utf8');
  const ports = [
    await listen(createServer()),
    await listen(createTlsServer({ key: pem, cert: pem })),
  ];
  process.stdout.write(`${JSON.stringify(ports)}\n`);
  process.stdin.once('end', () => process.exit(0)).resume();
}

async function fetchAll(): Promise<void> {
  // An address without its interface is looked for on this one.
  await execa('ip', ['link', 'add', 'first0', 'type', 'veth', 'peer', 'name', 'nowhere0']);
  await setUp('first0', 'fe80::1');
  await setUp('nowhere0', 'fe80::3');
  await execa('ip', ['link', 'add', 'near0', 'type', 'veth', 'peer', 'name', 'far0']);
  await setUp('near0', 'fe80::2');
  const command = [process.execPath, import.meta.filename, 'server', address, pemPath];
  const server = spawn('unshare', ['--net', ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  // From its first word on, it is in its namespace.
  await lines.next();
  await execa('ip', ['link', 'set', 'far0', 'netns', String(server.pid)]);
  server.stdin.write('go\n');
  const [port, tlsPort] = JSON.parse(String((await lines.next()).value));
  const answers: string[] = [];
  for (const url of [
    `http://[${address}%25near0]:${port}/x`,
    `http://[${address}%near0]:${port}/again`,
    `https://[${address}%25near0]:${tlsPort}/x`,
    `http://[${address}]:${port}/x`,
    `http://[${address}%25nothing0]:${port}/x`,
  ]) {
    const options = { ...hasty, extraCaPems: [readFileSync(pemPath, 'utf8')] };
    const got = await readAll(openSource(url, options)).catch((error: Error) => error.message);
    answers.push(got.toString().replaceAll(String(port), 'PORT'));
  }
  server.stdin.end();
  await ended;
  process.stdout.write(JSON.stringify(answers));
}

await (role === 'server' ? serve() : fetchAll());
