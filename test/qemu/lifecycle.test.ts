import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import type { Release } from './mini-coreos/tree.ts';
import { expectEverythingApplied, limits, waitForInstallation } from './support/chain.ts';
import { changed, everything, fetched, withShell } from './support/configs.ts';
import { parseStatus } from './support/deployments.ts';
import { diskBytes, emptyDisk } from './support/disk.ts';
import { expectExact } from './support/exactness.ts';
import { Guest } from './support/guest.ts';
import { bootMachine, type MachineOptions } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { waitForReport } from './support/report.ts';
import { moreScenarioTest, scenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

scenarioTest(
  'installed, updated over HTTP, rolled back: our platform, /etc and /var survive it',
  async (scenario) => {
    let release: Release = '1';
    const { commits } = await buildMiniCoreos();
    let signed = false;
    await using server = await serve(
      { config: withShell, files: { 'fetched.txt': fetched }, release: () => release },
      { fault: (_, { url }) => (signed || !url?.endsWith('.commitmeta') ? {} : { status: 404 }) },
    );
    const disk = emptyDisk(scenario.file('disk.raw'));
    const iso = await isoWithArguments(scenario, [...automatic(), 'coreos.inst.platform_id=qemu']);
    await using machine = bootMachine({
      disks: [{ file: disk }],
      iso,
      memoryMib: 1024,
      network: { serverPort: server.port },
    });
    await waitForInstallation(machine);

    const first = await Guest.started(machine);
    await expectPlatform(first);
    expect(parseStatus(await first.run('ostree admin status'))).toEqual([
      { commit: commits['1'], booted: true, role: '' },
    ]);
    expect(await first.run('hostname')).toBe('installed');
    expect(await first.try('test -e /boot/ignition.firstboot')).toMatchObject({ exitCode: 1 });
    const sizeBytes = Number(await first.run('findmnt -nbo SIZE /sysroot'));
    expect(sizeBytes).toBeGreaterThan(diskBytes * 0.75);
    expect(await first.try('touch /usr/x')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('Read-only file system'),
    });
    expect(await first.run('systemctl --failed --plain --no-legend')).toBe('');
    const machineId = await first.run('cat /etc/machine-id');
    expect(machineId).toMatch(/^[0-9a-f]{32}$/);
    await first.run('echo mine > /etc/mini-coreos/changed; echo kept > /var/lib/data');

    release = '2';
    expect(await first.try('ostree admin upgrade --stage', limits.installMs)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('no signatures found'),
    });
    signed = true;
    await first.run('ostree admin upgrade --stage', limits.installMs);
    expect(parseStatus(await first.run('ostree admin status'))).toEqual([
      { commit: commits['2'], booted: false, role: 'staged' },
      { commit: commits['1'], booted: true, role: '' },
    ]);
    first.restart();

    const second = await Guest.started(machine);
    await expectPlatform(second);
    expect(parseStatus(await second.run('ostree admin status'))).toEqual([
      { commit: commits['2'], booted: true, role: '' },
      { commit: commits['1'], booted: false, role: 'rollback' },
    ]);
    expect(await second.run('cat /usr/share/mini-coreos-2')).toBe('new in release 2');
    expect(await second.run('cat /etc/mini-coreos/untouched')).toBe('default of release 2');
    expect(await second.run('cat /etc/mini-coreos/changed')).toBe('mine');
    expect(await second.run('hostname; cat /var/lib/data /etc/machine-id')).toBe(
      `installed\nkept\n${machineId}`,
    );
    expect(await second.run('cat /proc/cmdline')).not.toContain('ignition.firstboot');
    await second.run('echo newer > /etc/mini-coreos/changed; echo newer >> /var/lib/data');

    await second.run('/usr/libexec/mini-coreos/set-default 1', limits.installMs);
    second.restart();

    const third = await Guest.started(machine);
    await expectPlatform(third);
    expect(parseStatus(await third.run('ostree admin status'))).toEqual([
      { commit: commits['1'], booted: true, role: '' },
      { commit: commits['2'], booted: false, role: 'rollback' },
    ]);
    // Each deployment has its own /etc, and all have the same /var.
    expect(await third.run('cat /etc/mini-coreos/untouched')).toBe('default of release 1');
    expect(await third.run('cat /etc/mini-coreos/changed')).toBe('mine');
    expect(await third.run('hostname; cat /var/lib/data /etc/machine-id')).toBe(
      `installed\nkept\nnewer\n${machineId}`,
    );
  },
);

moreScenarioTest(
  'an update and Ignition again in one boot, under UEFI; then installed again over two deployments',
  async (scenario) => {
    let release: Release = '1';
    let served: unknown = withShell;
    const { raw, commits } = await buildMiniCoreos();
    await using server = await serve({
      config: () => served,
      files: { 'fetched.txt': fetched },
      release: () => release,
    });
    const disk = emptyDisk(scenario.file('disk.raw'));
    const iso = await isoWithArguments(scenario, automatic());
    const always: MachineOptions = {
      disks: [{ file: disk }],
      firmware: 'uefi',
      memoryMib: 1024,
      network: { serverPort: server.port },
    };
    {
      await using machine = bootMachine({ ...always, iso });
      await waitForInstallation(machine);
      const first = await Guest.started(machine);
      expect(await first.run('hostname')).toBe('installed');

      release = '2';
      await first.run('ostree admin upgrade', limits.installMs);
      await prepareIgnition(first, changed);
      first.restart();

      const second = await Guest.started(machine);
      expect(parseStatus(await second.run('ostree admin status'))).toEqual([
        { commit: commits['2'], booted: true, role: '' },
        { commit: commits['1'], booted: false, role: 'rollback' },
      ]);
      expect(await second.run('cat /run/mini-coreos/ignition')).toBe('ran');
      expect(await second.run('hostname')).toBe('changed');
      expect(await second.run('cat /var/lib/hello')).toBe('hello from a unit');
      expect(await second.run('systemctl --failed --plain --no-legend')).toBe('');
      expect(await second.try('test -e /boot/ignition.firstboot')).toMatchObject({ exitCode: 1 });
    }

    served = everything;
    {
      await using machine = bootMachine({ ...always, iso, isoFirst: true, endOnReboot: true });
      await waitForInstallation(machine);
      await machine.exited;
    }
    expectExact(disk, raw);
    await using machine = bootMachine(always);
    const report = await waitForReport(machine, limits.bootMs);
    await expectEverythingApplied(report, disk);
    expect(parseStatus(report.status)).toEqual([{ commit: commits['1'], booted: true, role: '' }]);
  },
);

/** By the commands of docs/rerun-ignition.md for the installed system, up to the restart. */
async function prepareIgnition(guest: Guest, next: unknown): Promise<void> {
  const page = readFileSync(join(import.meta.dirname, '../../docs/rerun-ignition.md'), 'utf8');
  const [, commands = ''] = /```sh\n(mount -o remount[^`]*)systemctl reboot\n```/.exec(page) ?? [];
  expect(commands).not.toBe('');
  const encoded = Buffer.from(JSON.stringify(next)).toString('base64');
  const all = ['cd', `echo ${encoded} | base64 -d > new.ign`, ...commands.trim().split('\n')];
  await guest.run(all.join(' && '));
}

/** Checks that the platform given to the installer is in effect, and in every boot entry, once. */
async function expectPlatform(guest: Guest): Promise<void> {
  const ids = (text: string) => text.match(/ignition\.platform\.id=\S*/g);
  expect(ids(await guest.run('cat /proc/cmdline'))).toEqual(['ignition.platform.id=qemu']);
  const options = await guest.run('grep -h ^options /boot/loader/entries/*.conf');
  for (const line of options.split('\n')) expect(ids(line)).toEqual(['ignition.platform.id=qemu']);
}
