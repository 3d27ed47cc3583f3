import type { IncomingMessage } from 'node:http';
import { expect } from 'vitest';
import { expectEverythingApplied, limits } from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk, readPartitions } from './support/disk.ts';
import { bootMachine, type Machine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { waitForReport } from './support/report.ts';
import { scenarioTest } from './support/scenario.ts';
import { automatic, configUrl, imageUrl, serve } from './support/server.ts';

const prompt = /installer:\S*# /;
const served = { config: everything, files: { 'fetched.txt': fetched } };

scenarioTest(
  'a 404 leads to the shell; once mended, the same command installs',
  async (scenario) => {
    let broken = true;
    const fault = (_: number, { url }: IncomingMessage) =>
      broken && url?.endsWith('.xz') ? { status: 404 } : undefined;
    await using server = await serve(served, { fault });
    const disk = emptyDisk(scenario.file('disk.raw'), 256);
    const iso = await isoWithArguments(scenario, automatic());
    await using machine = bootMachine({
      disks: [{ file: disk }],
      iso,
      network: { serverPort: server.port },
    });
    const { console } = machine;

    await console.waitFor(/Press Enter for an emergency shell/, limits.installMs);
    expect(console.text).toMatch(/404/);
    expect(console.text).toContain('Nothing was written to /dev/vda.');
    expect(console.text).toMatch(/coreos-installer .*-d \S+ .*-b \S+/);
    expect(readPartitions(disk).size).toBe(0);

    broken = false;
    await openShell(machine);
    await runInstaller(machine, 'coreos-installer');
    const report = await restart(machine);

    await expectEverythingApplied(report, disk);
  },
);

scenarioTest('without parameters: the reason, Enter, and the command by hand', async (scenario) => {
  await using server = await serve(served);
  const disk = emptyDisk(scenario.file('disk.raw'), 256);
  const iso = await isoWithArguments(scenario, ['net.ifnames=0']);
  await using machine = bootMachine({
    disks: [{ file: disk }],
    iso,
    network: { serverPort: server.port, isolatedCardFirst: true },
  });
  const { console } = machine;

  await console.waitFor(/Press Enter for an emergency shell/, limits.installMs);
  expect(console.text).toContain('coreos.inst.install_dev');
  await openShell(machine);
  console.type('ip addr add 192.0.2.200/24 dev eth1\n');
  await console.waitFor(prompt, 60_000);
  await runInstaller(
    machine,
    `/usr/libexec/coreos-installer -d vda -i ${configUrl} -b ${imageUrl}`,
  );
  const report = await restart(machine);

  await expectEverythingApplied(report, disk);
});

async function openShell({ console }: Machine): Promise<void> {
  console.type('\n');
  await console.waitFor(prompt, 60_000);
}

async function runInstaller({ console }: Machine, command: string): Promise<void> {
  console.type(`${command}; echo "exit code: $?"\n`);
  await console.waitFor(/^exit code: 0$/, limits.installMs);
}

async function restart(machine: Machine) {
  machine.console.type('systemctl reboot\n');
  return await waitForReport(machine, limits.bootMs);
}
