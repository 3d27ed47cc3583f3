import { expect } from 'vitest';
import { expectEverythingApplied, installAndBoot } from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { tftpDirectory } from './support/pxe.ts';
import type { Report } from './support/report.ts';
import type { Scenario } from './support/scenario.ts';
import { scenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

/** An address that no DHCP server gave. */
const fixed = ['ip=192.0.2.200::192.0.2.2:255.255.255.0:node:eth0:none', 'net.ifnames=0'];

scenarioTest('PXE with a fixed address: the installed system keeps it', async (scenario) => {
  // The device argument alone starts the installer.
  const withoutWord = automatic().filter((word) => word !== 'coreos.inst=yes');
  const { report, disk } = await installByPxe(scenario, [...withoutWord, ...fixed]);

  await expectEverythingApplied(report, disk);
  expect(report.addresses).toMatch(/192\.0\.2\.200\/24/);
  expect(report.cmdline).toContain('ip=192.0.2.200');
});

scenarioTest(
  'PXE with coreos.no_persist_ip, 512 MiB, NVMe by a rule: it does not',
  async (scenario) => {
    const { report, disk } = await installByPxe(
      scenario,
      [...automatic('largest,bus=nvme,serial=test?'), ...fixed, 'coreos.no_persist_ip=1'],
      { bus: 'nvme', memoryMib: 512 },
    );

    await expectEverythingApplied(report, disk);
    expect(report.addresses).not.toMatch(/192\.0\.2\.200/);
    // Its first boot had it, to fetch what the config refers to.
    expect(report.cmdline).toContain('ip=192.0.2.200');
    expect(report.cmdline).toContain('coreos.no_persist_ip=1');
  },
);

async function installByPxe(
  scenario: Scenario,
  kernelArguments: string[],
  { bus, memoryMib }: { bus: 'virtio' | 'nvme'; memoryMib: number } = {
    bus: 'virtio',
    memoryMib: 640,
  },
): Promise<{ report: Report; disk: string }> {
  await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
  const disk = emptyDisk(scenario.file('disk.raw'), 256);
  await using machine = bootMachine({
    disks: [{ file: disk, bus }],
    memoryMib,
    // And iPXE's, until the kernel prints its first line.
    biosOnConsole: true,
    network: {
      serverPort: server.port,
      pxe: { directory: await tftpDirectory(scenario, kernelArguments), bootFile: 'boot.ipxe' },
    },
  });
  return { report: await installAndBoot(machine), disk };
}
