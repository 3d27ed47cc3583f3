import { expect } from 'vitest';
import { parseKernelArguments } from '../../src/parameters/kernel-cmdline.ts';
import {
  expectEverythingApplied,
  installAndBoot,
  limits,
  waitForInstallation,
} from './support/chain.ts';
import { changed, everything, fetched } from './support/configs.ts';
import { emptyDisk } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { tftpDirectory } from './support/pxe.ts';
import {
  ipv6Prefix,
  type Rack,
  rackAddress,
  reachFromRack,
  setUpRack,
  startForeignDhcp,
  startProxy,
  startRouter,
} from './support/rack.ts';
import { type Report, waitForReport } from './support/report.ts';
import type { Scenario } from './support/scenario.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

/** A VLAN over a bond over a card, as they are written for dracut. */
const network = [
  'bond=bond0:eth0:mode=active-backup,miimon=100',
  'vlan=bond0.5:bond0',
  'ip=192.0.2.200::192.0.2.2:255.255.255.0::bond0:none',
  'ip=198.51.100.5:::255.255.255.0::bond0.5:none',
  'rd.route=203.0.113.0/24:198.51.100.1:bond0.5',
  'nameserver=192.0.2.3',
];

moreScenarioTest(
  'PXE with a bond and a VLAN: the network of the medium is that of the first boot',
  async (scenario) => {
    await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
    const disk = emptyDisk(scenario.file('disk.raw'));
    const directory = await tftpDirectory(scenario, [
      ...automatic(),
      ...network,
      ...['net.ifnames=0', 'coreos.inst.copy_network'],
    ]);
    await using machine = bootMachine({
      disks: [{ file: disk }],
      // And iPXE's, until the kernel prints its first line.
      biosOnConsole: true,
      network: { serverPort: server.port, pxe: { directory, bootFile: 'boot.ipxe' } },
    });
    await waitForInstallation(machine);
    expect(machine.console.text).toMatch(/^Network: +as this system is configured now/m);

    const report = await waitForReport(machine, limits.bootMs);
    const [, text = ''] = / ignition\.firstboot (.*) root=LABEL=/.exec(report.cmdline) ?? [];
    const words = parseKernelArguments(text).map(({ raw }) => raw);
    expect(words.toSorted()).toEqual(['rd.neednet=1', 'net.ifnames=0', ...network].toSorted());
    // The config refers to a file on the server.
    await expectEverythingApplied(report, disk);
    expect(report.addresses).toMatch(/ bond0 +inet 192\.0\.2\.200\/24 /);
    expect(report.addresses).toMatch(/ bond0\.5 +inet 198\.51\.100\.5\/24 /);
  },
);

moreScenarioTest(
  'a network with IPv6 only, by router advertisements: installs, and the first boot fetches a file',
  async (scenario) => {
    const host = `[${ipv6Prefix}1]`;
    const config = JSON.parse(JSON.stringify(everything).replace('192.0.2.100', host));
    await using server = await serve({ config, files: { 'fetched.txt': fetched } });
    await using rack = await setUpRack(1);
    await using _reachable = await reachFromRack(rack, server.port, scenario.file('socket'));
    await startRouter(rack);
    const { report, disk } = await installInRack(scenario, rack, [...servedBy(host), 'ip=auto6']);
    // Ignition has fetched a file.
    await expectEverythingApplied(report, disk);
    expect(report.addresses).not.toMatch(/ inet 192\./);
  },
);

moreScenarioTest('a proxy is the only way to the server: installs', async (scenario) => {
  await using server = await serve({ config: changed });
  await using rack = await setUpRack(1);
  await using _reachable = await reachFromRack(rack, server.port, scenario.file('socket'));
  await using _dhcp = await startForeignDhcp(rack);
  await startProxy(rack, 'images.example', scenario.directory);
  const args = [...servedBy('images.example'), `coreos.inst.proxy=http://${rackAddress}:3128`];
  const { report } = await installInRack(scenario, rack, args);
  expect(report.hostname).toBe('changed');
  const by = server.requests.map(({ headers }) => headers.via);
  expect(by).toEqual(by.map(() => expect.stringContaining('tinyproxy')));
});

/** The arguments of an automatic installation, with the server's name there. */
function servedBy(host: string): string[] {
  return automatic().map((word) => word.replace('192.0.2.100', host));
}

/** Installs from the ISO in a rack, and boots the disk. */
async function installInRack(
  scenario: Scenario,
  rack: Rack,
  args: string[],
): Promise<{ report: Report; disk: string }> {
  const disk = emptyDisk(scenario.file('disk.raw'));
  await using machine = bootMachine({
    disks: [{ file: disk }],
    iso: await isoWithArguments(scenario, args),
    network: { rack, cable: rack.cable(0), mac: '52:54:00:00:00:01' },
  });
  return { report: await installAndBoot(machine), disk };
}
