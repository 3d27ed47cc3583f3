import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ignitionConfig } from '../../support/fixture.ts';
import { bootFileSystem } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { inOwnNetwork } from '../../support/own-network.ts';
import { blockWith, readPage } from '../../support/pages.ts';
import { smallFixture } from '../../support/small-fixture.ts';

const page = readPage('network.md');

/** The arguments of the documented command with that in it, for a disk and files in /tmp. */
const documented = (words: string, device: string) =>
  (blockWith(page, 'sh', words).split('\n').findLast(Boolean) ?? '')
    .replace('-d vda', `-d ${device.slice('/dev/'.length)}`)
    .replace(/-i http\S+/, '-i /tmp/config.ign')
    .replace(/-b \S+/, '-b /tmp/image')
    .replace('/root/', '/tmp/')
    .split(' ')
    .slice(1);

test('the commands of the page on the network', async () => {
  await using it = await smallFixture();
  const files = { 'config.ign': ignitionConfig, image: await readFile(it.servedPath) };
  const boot = async () => await bootFileSystem(it.disk.path);

  const keyfile = blockWith(page, 'ini', '[connection]');
  const copied = await runInstaller({
    args: documented('--network-dir', it.disk.path),
    tmpFiles: { ...files, office: keyfile },
    wrapper: [
      ...['sh', '-euc'],
      'mkdir /tmp/network; install -m 600 /tmp/office /tmp/network/office.nmconnection; exec "$@"',
      'sh',
    ],
  });
  expect(copied.exitCode, copied.stderr).toBe(0);
  // It is one that NetworkManager takes.
  expect(copied.stderr).not.toContain('NetworkManager');
  const path = 'coreos-firstboot-network/office.nmconnection';
  expect((await (await boot()).read(path)).toString()).toBe(keyfile);

  const byHand = blockWith(page, 'sh', 'ip addr add')
    .split('\n')
    .filter((line) => !line.startsWith('coreos-installer'))
    .join('\n');
  const { wrapper = [], tmpFiles } = inOwnNetwork(['enp1s0'], byHand);
  const run = { wrapper, tmpFiles: { ...files, ...tmpFiles } };
  const tried = await runInstaller({ ...run, args: documented('--dry-run', it.disk.path) });
  expect(tried.exitCode, tried.stderr).toBe(0);
  // As the page shows it, with a disk's row that is wider.
  const shown = page.match(/^ {4}(First boot|Network): .*$/gm) ?? [];
  expect(shown).toHaveLength(2);
  const lines = tried.stdout.split('\n').map((line) => line.replace(/ {2,}/, ' '));
  for (const line of shown) expect(lines).toContain(line.trim().replace(/ {2,}/, ' '));
  const installed = await runInstaller({ ...run, args: documented('ip addr add', it.disk.path) });
  expect(installed.exitCode, installed.stderr).toBe(0);
  expect((await (await boot()).read('ignition.firstboot')).toString()).toContain(
    'ip=192.0.2.200::192.0.2.1:255.255.255.0::enp1s0:none nameserver=192.0.2.53"',
  );
});
