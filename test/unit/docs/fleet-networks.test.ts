import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';
import { dhcpSeenPath } from '../../../src/provision/dhcp/start-dhcp.ts';
import { lacks, lacksRoot } from '../../support/needs.ts';
import { blocksOf, readPage } from '../../support/pages.ts';

/** The commands of docs/fleet/dhcp.md and scale.md, as they stand there, with the program from source. */
const program = join(import.meta.dirname, '../../../src/provision/provision-main.ts');
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fleet-docs-'));
  await mkdir(join(directory, 'rack/assets/tftp'), { recursive: true });
  await writeFile(join(directory, 'rack/fleet.yaml'), 'url: http://192.0.2.1:8080\n');
  for (const name of ['undionly.kpxe', 'snponly.efi'])
    await writeFile(join(directory, 'rack/assets/tftp', name), '');
});
afterAll(() => rm(directory, { recursive: true }));

const commands = ['dhcp.md', 'scale.md'].flatMap((page) =>
  blocksOf(readPage(`fleet/${page}`), 'sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => /^coreos-provision (dhcp-config|emit)/.test(line)),
);

/** Runs one; returns the file that its output goes to, in a directory of ours. */
async function run(command: string): Promise<{ path: string; stdout: string }> {
  const [typed = '', target = 'output'] = command.split(' > ');
  const args = typed.split(' ').slice(1);
  const { stdout } = await execa(process.execPath, [program, ...args], { cwd: directory });
  const path = join(directory, target.replaceAll('/', '_'));
  await writeFile(path, `${stdout}\n`);
  return { path, stdout };
}
const commandWith = (text: string) =>
  commands.find((command) => command.includes(text)) ?? expect.fail(`no command has ${text}`);

test.each(commands)('%s', async (command) => {
  expect((await run(command)).stdout).not.toBe('');
});

describe('what they print is taken', () => {
  test.skipIf(lacks('dnsmasq'))('by dnsmasq', async () => {
    const { path } = await run(commandWith('dnsmasq.d'));
    await execa('dnsmasq', ['--test', `--conf-file=${path}`]);
  });
  test.skipIf(lacksRoot() || lacks('dnsmasq', 'unshare'))(
    'by a dnsmasq that cannot read the loaders: it goes on with what else it does',
    async () => {
      const { path } = await run(commandWith('dnsmasq.d'));
      // Nobody else may enter a directory of mkdtemp.
      const options = ['--keep-in-foreground', '--log-facility=-', '--port=0', '--pid-file='];
      const command = ['--net', 'dnsmasq', ...options, `--conf-file=${path}`];
      const child = execa('unshare', command, { reject: false });
      const said: string[] = [];
      for await (const line of createInterface(child.stderr)) {
        said.push(line);
        if (/started, version/.test(line)) child.kill();
      }
      await child;
      expect(said.join('\n')).toMatch(/started, version/);
    },
  );
  test.skipIf(lacks('kea-dhcp4'))('by Kea', async () => {
    await execa('kea-dhcp4', ['-t', (await run(commandWith('kea'))).path]);
  });
  test.skipIf(lacks('dhcpd'))('by ISC dhcpd', async () => {
    await execa('dhcpd', ['-t', '-cf', (await run(commandWith('isc'))).path]);
  });
  test.skipIf(lacksRoot() || lacks('nginx', 'unshare'))('by nginx', async () => {
    for (const what of ['emit nginx', 'emit cache']) {
      const config = await readFile((await run(commandWith(what))).path, 'utf8');
      const path = join(directory, 'nginx.conf');
      await writeFile(path, `pid ${directory}/pid; events {} http { access_log off; ${config} }`);
      // As on a system that has no other cache.
      const command = `mount -t tmpfs none /var/cache && exec nginx -t -p ${directory} -e stderr -c ${path}`;
      await execa('unshare', ['--mount', 'sh', '-c', command]);
    }
  });
});

test('the page on scale names the files that make install-provision installs', async () => {
  const page = readPage('fleet/scale.md');
  const installed = await readdir(join(root, 'packaging/fleet'));
  const named = page.matchAll(/\/usr\/share\/coreos-provision\/([\w.-]+)/g);
  expect([...named].map(([, name]) => name).toSorted()).toEqual(installed.toSorted());
});

test('loaders and doctor, from the command line', async () => {
  const server = createServer((request, response) => {
    const machine = { name: 'n1', macs: ['52:54:00:00:00:01'], state: 'queued', heardMs: 0 };
    const waited = { seq: 1, atMs: 0, kind: 'waited', actor: 'machine', data: { why: 'no slot' } };
    const answers: Readonly<Record<string, object>> = {
      '/api/v1/machines': { machines: [machine] },
      '/api/v1/machines/n1': { machine, events: [waited] },
    };
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const rack = join(directory, 'asked');
    await mkdir(join(rack, 'state'), { recursive: true });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeFile(join(rack, 'fleet.yaml'), `url: ${url}\n`);
    const seen = [{ mac: '52:54:00:00:00:01', ipxeMs: 1000 }];
    await writeFile(dhcpSeenPath(rack), JSON.stringify(seen));
    const doctor = (mac: string) =>
      execa(process.execPath, [program, 'doctor', rack, mac], { reject: false });
    const { stdout } = await doctor('52-54-00-00-00-01');
    expect(stdout.split('\n')).toEqual([
      'DHCP      ok       asked by iPXE at 1970-01-01T00:00:01Z',
      'loader    ok       iPXE runs, seen at 1970-01-01T00:00:01Z',
      'script    ok       heard of it last at 1970-01-01T00:00:00Z',
      'decision  missing  it waits: no slot',
      'token     missing  its config was not fetched',
      'progress  missing  it has not reported',
      'result    missing  none yet',
      'booted    ?        its system has not reported; only profiles with phone_home do',
      'Next: Wait; status shows the slots.',
    ]);
    // What is there, and cannot be read, is not absent.
    await rm(dhcpSeenPath(rack));
    await mkdir(dhcpSeenPath(rack));
    const unread = await doctor('52-54-00-00-00-01');
    expect(unread).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Cannot read .*root/),
    });
    const wrong = await doctor('n1');
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('MAC address') });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
