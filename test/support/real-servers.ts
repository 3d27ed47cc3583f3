import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestServer } from './fault-server.ts';
import { accepting, reservePort } from './ports.ts';

/** nginx as the distribution configures it by default, handing out `rootDir`, or with another server. */
export async function startNginx(
  rootDir: string,
  serverFor = (port: number) => `server { listen 127.0.0.1:${port}; root ${rootDir}; }`,
): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'nginx-'));
  const port = await reservePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const config = `
    daemon off; master_process off; pid ${dir}/pid; error_log stderr warn;
    events {}
    http {
      access_log off; sendfile on; tcp_nopush on; default_type application/octet-stream;
      ${temporary.map((name) => `${name}_temp_path ${dir}/${name};`).join('\n')}
      ${serverFor(port)}
    }`;
  await writeFile(join(dir, 'nginx.conf'), config);
  const child = spawn('nginx', ['-p', dir, '-e', 'stderr', '-c', join(dir, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  const exited = once(child, 'exit');
  const ended = exited.then(() => Promise.reject(new Error(`nginx ended: ${complaints}`)));
  ended.catch(() => undefined);
  await Promise.race([accepting(port), ended]);
  return served(child, exited, port, () => rm(dir, { recursive: true, force: true }));
}

/** tinyproxy, which requires `user` and `password`. */
export async function startTinyproxy(user: string, password: string): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'tinyproxy-'));
  const port = await reservePort();
  const config = [
    'Listen 127.0.0.1',
    `Port ${port}`,
    'Timeout 60',
    `BasicAuth ${user} ${password}`,
  ];
  await writeFile(join(dir, 'tinyproxy.conf'), `${config.join('\n')}\n`);
  const child = spawn('tinyproxy', ['-d', '-c', join(dir, 'tinyproxy.conf')], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  await accepting(port);
  return served(child, exited, port, () => rm(dir, { recursive: true, force: true }));
}

/** `python3 -m http.server`, as used to serve images from a laptop: it does not support ranges. */
export async function startPythonServer(rootDir: string): Promise<TestServer> {
  const module = ['-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', rootDir];
  return await startPython(module);
}

/** The same, as it was before Python 3.7: one connection at a time. */
export async function startSerialPythonServer(rootDir: string): Promise<TestServer> {
  const program = `
import functools, http.server, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.HTTPServer(('127.0.0.1', 0), handler)
print('port', server.server_port)
server.serve_forever()`;
  return await startPython(['-c', program, rootDir]);
}

async function startPython(args: readonly string[]): Promise<TestServer> {
  const child = spawn('python3', ['-u', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const port = Number(/port (\d+)/.exec(line)?.[1]);
  return served(child, exited, port);
}

/** A server that runs as a process of its own, and ends with the test. */
function served(
  child: ChildProcess,
  exited: Promise<unknown>,
  port: number,
  cleanUp = async () => {},
): TestServer {
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: [],
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await cleanUp();
    },
  };
}
