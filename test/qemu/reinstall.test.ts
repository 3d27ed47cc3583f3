import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { blockWith, readPage } from '../support/pages.ts';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import type { Release } from './mini-coreos/tree.ts';
import { answerMs, limits, waitForInstallation } from './support/chain.ts';
import { parseStatus } from './support/deployments.ts';
import { Guest } from './support/guest.ts';
import { bootMachine, type MachineOptions } from './support/machine.ts';
import { dist, isoWithArguments } from './support/medium.ts';
import { data, type OlderSystem, olderSystem } from './support/older-system.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';
import { shellOnConsole } from './support/shell-on-console.ts';

/** The part of a config in docs/saved-partitions.md, for this disk, with a shell where the kernel's console is. */
async function config(): Promise<unknown> {
  const text = blockWith(readPage('saved-partitions.md'), 'yaml', 'with_mount_unit')
    .replace('/dev/sda', '/dev/vda')
    .replace('start_mib: 20480', `start_mib: ${data.startMib}`)
    .replace('format: xfs', 'format: ext4');
  const { storage, ...documented } = parse(text);
  const shell = shellOnConsole.unit.contents.replace('/dev/ttyS0', '/dev/console');
  const input = JSON.stringify({
    ...documented,
    storage: { ...storage, links: [shellOnConsole.link] },
    systemd: { units: [{ ...shellOnConsole.unit, contents: shell }] },
  });
  const { stdout } = await execa(join(dist, 'coreos-installer'), ['translate'], { input });
  return JSON.parse(stdout);
}

/** For the kernel's command line: each one must be there, or must not. */
const added = ['test.added=1', 'test.list=a,b=c', 'console=ttyS1,115200n8'];
const removed = ['quiet', 'loglevel=3', 'console=tty0', 'console=ttyS0,115200n8'];

const options = [
  `coreos.inst.save_partlabel=${data.label}`,
  'coreos.inst.console=ttyS1,115200n8',
  ...['test.added=1', 'test.list=a,b=c'].map((word) => `coreos.inst.append_karg=${word}`),
  ...['quiet', 'loglevel=3'].map((word) => `coreos.inst.delete_karg=${word}`),
];

moreScenarioTest(
  'reinstalled with data kept, on another console: after an update and a rollback both are as before',
  async (scenario) => {
    let release: Release = '1';
    const { commits } = await buildMiniCoreos();
    await using server = await serve({ config: await config(), release: () => release });
    const older = await olderSystem(scenario);
    const before = older.digest();
    const always: MachineOptions = {
      disks: [{ file: older.disk }],
      network: { serverPort: server.port },
    };
    {
      const iso = await isoWithArguments(scenario, [...automatic(), ...options]);
      await using machine = bootMachine({ ...always, iso, isoFirst: true, endOnReboot: true });
      await waitForInstallation(machine);
      await machine.exited;
      const warnings = machine.console.text.match(/^Warning: .*$/gm) ?? [];
      // The image has no signature here, and the page's config no user; nothing is said of the data.
      const others = warnings.filter((line) => !/is not verified|able to log in/.test(line));
      expect(others).toEqual([]);
    }
    expect(older.digest()).toBe(before);

    const firstPort = scenario.file('first-port');
    await using machine = bootMachine({ ...always, memoryMib: 1024, secondPort: { firstPort } });
    const { console } = machine;
    const start = async (version: Release): Promise<Guest> => {
      await console.waitFor(/GNU GRUB/, answerMs);
      await console.waitFor(/^\[ *0\.0+\] Linux version/, answerMs);
      const guest = await Guest.started(machine);
      await expectKept(guest, older);
      const [booted] = parseStatus(await guest.run('ostree admin status'));
      expect(booted).toEqual({ commit: commits[version], booted: true, role: '' });
      return guest;
    };

    const first = await start('1');
    expect(await first.run('cat /run/mini-coreos/ignition')).toBe('ran');
    await first.run('echo more >> /var/lib/data/notes');
    release = '2';
    await first.run('ostree admin upgrade', limits.installMs);
    first.restart();

    const second = await start('2');
    expect(await second.run('cat /proc/cmdline')).not.toContain('ignition.firstboot');
    expect(await second.run('cat /var/lib/data/notes')).toContain('\nmore');
    await second.run('/usr/libexec/mini-coreos/set-default 1', limits.installMs);
    second.restart();

    const third = await start('1');
    expect(await third.run('cat /var/lib/data/notes')).toContain('\nmore');
    // The console of the image.
    expect(readFileSync(firstPort, 'latin1')).toBe('');
  },
);

/** Checks that this start has the data of the older system, and what the installer was told. */
async function expectKept(guest: Guest, { uuid, noiseSha256 }: OlderSystem): Promise<void> {
  // No more messages of the kernel between the answers.
  await guest.run('echo 3 > /proc/sys/kernel/printk');
  expect(await guest.run('systemctl --failed --plain --no-legend')).toBe('');
  const words = (await guest.run('cat /proc/cmdline')).split(' ');
  expect(words.filter((word) => added.includes(word)).toSorted()).toEqual(added.toSorted());
  expect(words.filter((word) => removed.includes(word))).toEqual([]);
  expect(await guest.run('cat /sys/class/tty/console/active')).toBe('ttyS1');

  expect(await guest.run('findmnt -no UUID,SOURCE,FSTYPE /var/lib/data')).toBe(
    `${uuid} /dev/vda${data.number} ext4`,
  );
  expect(await guest.run('cat /var/lib/data/notes')).toMatch(/^written by the older system$/m);
  expect(await guest.run('sha256sum < /var/lib/data/noise')).toContain(noiseSha256);
}
