import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { reservePort } from '../support/ports.ts';
import { expectEverythingApplied, installAndBoot, limits } from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk, readPartitions } from './support/disk.ts';
import { bootMachine, type Disk } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { waitForReport } from './support/report.ts';
import { type Scenario, scenarioTest } from './support/scenario.ts';
import { automatic, serve } from './support/server.ts';

const served = { config: everything, files: { 'fetched.txt': fetched } };

scenarioTest('a disk on NVMe, and 512 MiB of memory', async (scenario) => {
  await installOn(scenario, { bus: 'nvme' }, automatic('nvme0n1'), 512);
});

scenarioTest('a disk on virtio-scsi, and an Ignition platform', async (scenario) => {
  const parameters = [...automatic('sda'), 'coreos.inst.platform_id=qemu'];
  const { cmdline } = await installOn(scenario, { bus: 'scsi' }, parameters);

  expect(cmdline).toMatch(/ignition\.platform\.id=qemu/);
  expect(cmdline).not.toMatch(/ignition\.platform\.id=metal/);
});

scenarioTest('a disk with 4096-byte sectors', async (scenario) => {
  await using server = await serve({ ...served, image: 'raw4kXz' });
  const disk = emptyDisk(scenario.file('disk.raw'), 256);
  const iso = await isoWithArguments(scenario, automatic());
  await using machine = bootMachine({
    disks: [{ file: disk, sectorSize: 4096 }],
    iso,
    // No BIOS boots from such a disk.
    firmware: 'uefi',
    network: { serverPort: server.port },
  });
  const report = await installAndBoot(machine);

  expect(readPartitions(disk, 4096).size).toBe(4);
  await expectEverythingApplied(report, disk, 4096);
});

scenarioTest('the server comes up late; skip_reboot stays until told', async (scenario) => {
  const port = await reservePort();
  const disk = emptyDisk(scenario.file('disk.raw'), 256);
  const parameters = [...automatic(), 'coreos.inst.skip_reboot'];
  const iso = await isoWithArguments(scenario, parameters);
  await using machine = bootMachine({
    disks: [{ file: disk }],
    iso,
    network: { serverPort: port },
  });
  await machine.console.waitFor(/http:\/\/192\.0\.2\.100:8080/, limits.installMs);
  await sleep(20_000);
  await using _server = await serve(served, { port });
  await machine.console.waitFor(/Press Enter for an emergency shell/, limits.installMs);
  expect(machine.console.text).toContain('skip_reboot');

  machine.console.type('\n');
  await machine.console.waitFor(/installer:\S*# /, 60_000);
  machine.console.type('systemctl reboot\n');
  const report = await waitForReport(machine, limits.bootMs);

  await expectEverythingApplied(report, disk);
});

async function installOn(
  scenario: Scenario,
  bus: Pick<Disk, 'bus'>,
  parameters: string[],
  memoryMib = 640,
) {
  await using server = await serve(served);
  const disk = emptyDisk(scenario.file('disk.raw'), 256);
  const iso = await isoWithArguments(scenario, parameters);
  await using machine = bootMachine({
    disks: [{ file: disk, ...bus }],
    iso,
    memoryMib,
    network: { serverPort: server.port },
  });
  const report = await installAndBoot(machine);
  await expectEverythingApplied(report, disk);
  return report;
}
