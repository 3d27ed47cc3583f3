import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import {
  expectEverythingApplied,
  installAndBoot,
  limits,
  waitForInstallation,
} from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk, FileSystem } from './support/disk.ts';
import { keyfile as keyfileOfCard } from './support/keyfile.ts';
import { bootMachine } from './support/machine.ts';
import { dist } from './support/medium.ts';
import { type NetworkModule, pxeFilesWith } from './support/network-module.ts';
import { tftpDirectory } from './support/pxe.ts';
import type { Scenario } from './support/scenario.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

const keyfile = `${keyfileOfCard}dns=192.0.2.53;
`;

/** The medium's network, when the installer starts. */
const look = `#!/bin/bash
echo "before: $(ip -4 -brief address show scope global) $(grep ^nameserver /etc/resolv.conf)"
if [ -x /usr/sbin/NetworkManager ]; then NetworkManager --print-config | grep '^ipv6.dhcp-duid='; fi
`;

moreScenarioTest(
  'a medium with network-legacy: installs by a keyfile, and by DHCP with --copy-network',
  async (scenario) => tryModule(scenario, 'network-legacy'),
);

moreScenarioTest(
  'a medium with network-manager: installs by a keyfile, and by DHCP with --copy-network',
  async (scenario) => tryModule(scenario, 'network-manager'),
);

async function tryModule(scenario: Scenario, module: NetworkModule): Promise<void> {
  await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
  const from = await pxeFilesWith(module);
  const boot = (name: string, directory: string, endOnReboot = false) => {
    const disk = emptyDisk(scenario.file(`${name}.raw`));
    const machine = bootMachine({
      disks: [{ file: disk }],
      memoryMib: 768,
      biosOnConsole: true,
      network: { serverPort: server.port, pxe: { directory, bootFile: 'boot.ipxe' } },
      endOnReboot,
    });
    return { disk, machine };
  };
  {
    const directory = await tftpDirectory(scenario, automatic(), { from, name: 'by-keyfile' });
    await customize(scenario, join(directory, 'initramfs.img'));
    const { disk, machine } = boot('by-keyfile', directory, true);
    await using ends = machine;
    await ends.console.waitFor(
      /^before: enx525400123456 +UP +192\.0\.2\.200\/24 nameserver 192\.0\.2\.53\s*$/,
      limits.installMs,
    );
    await waitForInstallation(ends);
    await ends.exited;
    // DHCPv6 servers know it by its MAC address.
    if (module === 'network-manager') expect(ends.console.text).toMatch(/^ipv6\.dhcp-duid=ll\s*$/m);
    const partition = new FileSystem(disk, 'boot');
    expect(await partition.read('/coreos-firstboot-network/office.nmconnection')).toBe(keyfile);
  }
  const args = [...automatic(), 'coreos.inst.copy_network'];
  const directory = await tftpDirectory(scenario, args, { from, name: 'by-dhcp' });
  const { disk, machine } = boot('by-dhcp', directory);
  await using ends = machine;
  const report = await installAndBoot(ends);
  expect(ends.console.text).toMatch(/^Network: +as this system is configured now/m);
  expect(report.cmdline).toMatch(/ ip=\w+:dhcp /);
  await expectEverythingApplied(report, disk);
}

/** Adds a keyfile and a program to an initramfs. */
async function customize(scenario: Scenario, initramfs: string): Promise<void> {
  const given = { 'office.nmconnection': keyfile, look };
  for (const [name, text] of Object.entries(given)) writeFileSync(scenario.file(name), text);
  const customized = scenario.file('customized.img');
  await execa(join(dist, 'coreos-installer'), [
    ...['pxe', 'customize', initramfs, '--output', customized],
    ...['--network-keyfile', scenario.file('office.nmconnection')],
    ...['--pre-install', scenario.file('look')],
  ]);
  renameSync(customized, initramfs);
}
