import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { fixture } from '../../support/fixture.ts';
import { bootFileSystem } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { blockWith, readPage } from '../../support/pages.ts';

const page = readPage('rerun-ignition.md');
const config = '{"ignition":{"version":"3.0.0"}}\n';

test.each([
  ['/boot', 'remount', 'mount -o ro "$1" /boot'],
  ['/mnt', 'by-label', ':'],
])('the commands for %s leave the new config and the stamp', async (_, text, before) => {
  await using it = await fixture();
  expect((await runInstaller({ args: it.args })).exitCode).toBe(0);
  const directory = await mkdtemp('/var/tmp/coreos-installer-rerun-');
  try {
    await writeFile(join(directory, 'new.ign'), config);
    const partition = `${it.disk.path}p1`;
    // Another disk may have a file system of that label too; and the test itself does not reboot.
    const commands = blockWith(page, 'sh', text)
      .replace('/dev/disk/by-label/boot', partition)
      .replace('systemctl reboot', 'umount /boot');
    // As after a first boot.
    const booted = 'mount "$1" /mnt; rm /mnt/ignition.firstboot; umount /mnt';
    const script = `partx --update "$2"; ${booted}; ${before}\n${commands}`;
    const namespace = ['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh'];
    await execa('unshare', [...namespace, partition, it.disk.path], { cwd: directory });
    const boot = await bootFileSystem(it.disk.path);
    expect((await boot.read('ignition/config.ign')).toString()).toBe(config);
    expect((await boot.read('ignition.firstboot')).toString()).toBe('');
    expect(await boot.clean()).toBe(true);
  } finally {
    await rm(directory, { recursive: true });
  }
});
