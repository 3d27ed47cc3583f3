import { expect } from 'vitest';
import { fetched, sshKey } from './configs.ts';
import { FileSystem } from './disk.ts';
import type { Machine } from './machine.ts';
import { type Report, waitForReport } from './report.ts';

/** More than ten times the usual time without KVM: other work on the machine slows down the emulator. */
export const limits = {
  /** From power-on to the installer's success. */
  installMs: 900_000,
  /** From there, or from power-on, to the installed system's report. */
  bootMs: 900_000,
};

/** The installer's last line before the new system starts. */
const rebooting = /Rebooting into the new system/;

/** Its last line when it has failed, or must not reboot. */
export const shellOffered = /Press Enter for an emergency shell/;

/** The same while it waits for a server, with the diagnosis of the network, if any. */
export const offeredWhileWaiting =
  /^(?:Network: .*\n)*Waiting for http:.* \(for \d+ s\)\.\n(?:Network: .*\n)*Press Enter for an emergency shell\.$/;

/** In the emergency shell. */
export const prompt = /installer:\S*# /;

/** The most time that a command in the shell may take. */
export const answerMs = 300_000;

/** Opens the shell, once it is offered. */
export async function openShell({ console }: Pick<Machine, 'console'>): Promise<void> {
  console.type('\n');
  await console.waitFor(prompt, answerMs);
}

/** Waits until the installer has succeeded; fails as soon as it offers a shell instead. */
export async function waitForInstallation({ console }: Machine): Promise<void> {
  const either = new RegExp(`${rebooting.source}|${shellOffered.source}`);
  const [said] = await console.waitFor(either, limits.installMs);
  if (!rebooting.test(said)) throw new Error('the installer failed and offers a shell');
}

/** Waits until the installer has succeeded and the installed system has reported. */
export async function installAndBoot(machine: Machine): Promise<Report> {
  await waitForInstallation(machine);
  return await waitForReport(machine, limits.bootMs);
}

/** Checks that all of the config `everything` was applied. */
export async function expectEverythingApplied(report: Report, disk: string): Promise<void> {
  expect(report.ignitionRan).toBe(true);
  expect(report.hostname).toBe('installed');
  expect(report.units.get('hello.service')).toBe('active exited');
  expect(report.failedUnits).toEqual([]);
  const { root } = report;
  expect(root.read('/opt/fetched')).toBe(fetched);
  expect(root.stat('/opt/fetched')?.mode).toBe(0o600);
  expect(root.read('/var/lib/hello')).toBe('hello from a unit\n');
  expect(root.read('/etc/passwd')).toContain('core:x:1000:');
  expect(authorizedKeys(report, 'core')).toContain(sshKey);
  expectOstree(report);
  expect(await new FileSystem(disk, 'boot').stat('/ignition.firstboot')).toBeUndefined();
}

/** Checks that the system is one that ostree deployed: /usr is read-only, /var and /boot are mounted. */
function expectOstree({ mounts, cmdline, status }: Report): void {
  expect(cmdline).toContain(' ostree=/ostree/boot.');
  expect(status).toMatch(/^\* mini-coreos [0-9a-f]{64}\.0$/m);
  expect(mounts.get('/usr')?.options).toContain('ro');
  expect(mounts.get('/var')).toMatchObject({
    type: 'xfs',
    options: expect.arrayContaining(['rw']),
  });
  expect(mounts.get('/boot')).toMatchObject({
    type: 'ext4',
    options: expect.arrayContaining(['ro']),
  });
}

/** What Ignition writes to one of two places, depending on its version. */
export function authorizedKeys({ root }: Report, user: string): string | undefined {
  const directory = `/home/${user}/.ssh`;
  return (
    root.read(`${directory}/authorized_keys.d/ignition`) ??
    root.read(`${directory}/authorized_keys`)
  );
}
