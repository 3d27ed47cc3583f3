import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';
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
