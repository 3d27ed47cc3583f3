import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { expectEverythingApplied, installAndBoot, waitForInstallation } from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { httpBootOptions, shimDirectory, tftpDirectory } from './support/pxe.ts';
import { rackAddress, reachFromRack, setUpRack, startForeignDhcp } from './support/rack.ts';
import type { Report } from './support/report.ts';
import type { Scenario } from './support/scenario.ts';
import { moreScenarioTest, scenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

/** An address that no DHCP server gave. */
const fixed = ['ip=192.0.2.200::192.0.2.2:255.255.255.0:node:eth0:none', 'net.ifnames=0'];

moreScenarioTest(
  'PXE with a fixed address, and a config file that names the disk: the installed system keeps the address',
  async (scenario) => {
    // A config file alone starts the installer.
    const others = automatic().filter((word) => !/^coreos\.inst(=|\.install_dev=)/.test(word));
    const config = 'dest-device: /dev/vda\ninsecure: true\n';
    const changed = ['coreos.inst.append_karg=test.added=1', 'coreos.inst.delete_karg=loglevel=3'];
    const { report, disk } = await installByPxe(scenario, [...others, ...fixed, ...changed], {
      moreFiles: { 'etc/coreos/installer.d/10-disk.yaml': config },
    });

    await expectEverythingApplied(report, disk);
    expect(report.addresses).toMatch(/192\.0\.2\.200\/24/);
    expect(report.cmdline).toContain('ip=192.0.2.200');
    expect(report.cmdline).toMatch(/ test\.added=1$/);
    expect(report.cmdline).toContain(' quiet ');
    expect(report.cmdline).not.toContain('loglevel');
  },
);

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

moreScenarioTest('UEFI PXE with Secure Boot, by shim and GRUB: installs', async (scenario) => {
  await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
  const disks = [{ file: emptyDisk(scenario.file('disk.raw')) }];
  const directory = shimDirectory(scenario, automatic());
  await using machine = bootMachine({
    ...{ disks, firmware: 'secure-boot', endOnReboot: true },
    network: { serverPort: server.port, pxe: { directory, bootFile: 'shimx64.efi', first: true } },
  });
  await waitForInstallation(machine);
});

moreScenarioTest('UEFI HTTP boot of the ISO with Secure Boot: installs', async (scenario) => {
  const words = automatic().map((word) => word.replace('192.0.2.100:8080', `${rackAddress}:8080`));
  const iso = await isoWithArguments(scenario, words);
  const files = { 'fetched.txt': fetched, 'installer.iso': readFileSync(iso) };
  await using server = await serve({ config: everything, files });
  await using rack = await setUpRack(1);
  await using _reachable = await reachFromRack(rack, server.port, scenario.file('server.socket'));
  await using _dhcp = await startForeignDhcp(
    rack,
    httpBootOptions(`http://${rackAddress}:8080/container/installer.iso`),
  );
  await using machine = bootMachine({
    disks: [{ file: emptyDisk(scenario.file('disk.raw')) }],
    firmware: 'secure-boot',
    endOnReboot: true,
    memoryMib: 1024,
    network: { rack, cable: rack.cable(0), mac: '52:54:00:00:00:01' },
  });
  await waitForInstallation(machine);
  expect(server.requests.map(({ path }) => path)).toContain('/container/installer.iso');
});

async function installByPxe(
  scenario: Scenario,
  kernelArguments: string[],
  {
    bus = 'virtio',
    memoryMib = 640,
    moreFiles = {},
  }: {
    readonly bus?: 'virtio' | 'nvme';
    readonly memoryMib?: number;
    readonly moreFiles?: Readonly<Record<string, string>>;
  } = {},
): Promise<{ report: Report; disk: string }> {
  await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
  const disk = emptyDisk(scenario.file('disk.raw'));
  await using machine = bootMachine({
    disks: [{ file: disk, bus }],
    memoryMib,
    // And iPXE's, until the kernel prints its first line.
    biosOnConsole: true,
    network: {
      serverPort: server.port,
      pxe: {
        directory: await tftpDirectory(scenario, kernelArguments, { moreFiles }),
        bootFile: 'boot.ipxe',
      },
    },
  });
  return { report: await installAndBoot(machine), disk };
}
