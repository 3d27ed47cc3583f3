import { expect } from 'vitest';
import { answerMs, limits, offeredWhileWaiting, openShell } from './support/chain.ts';
import { emptyDisk } from './support/disk.ts';
import { bootMachine, type Machine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic } from './support/server.ts';

moreScenarioTest('a disk that appears late; the network’s faults, one by one', async (scenario) => {
  const unknown = 'ip=eth9:nothing';
  const iso = await isoWithArguments(scenario, [...automatic(), 'net.ifnames=0', unknown]);
  await using machine = bootMachine({ disks: [], iso, network: 'no-card' });
  const { console } = machine;
  await console.waitFor(/Waiting for \/dev\/vda, for at most 30 seconds/, limits.installMs);
  using monitor = await machine.monitor();
  const file = { driver: 'file', filename: emptyDisk(scenario.file('late.raw')) };
  await monitor.run('blockdev-add', { driver: 'raw', 'node-name': 'late', file });
  await monitor.run('device_add', { driver: 'virtio-blk-pci', drive: 'late' });

  const noCard = 'Network: this machine has no network card.';
  const [offered] = await console.waitFor(offeredWhileWaiting, limits.installMs);
  expect(offered).toContain(`${noCard}\n`);
  expect(offered).toContain(`not understood, and have no effect: ${unknown}\n`);

  await openShell(machine);
  console.type('echo 5s > /tmp/retry_for; systemctl restart coreos-installer\n');
  const [afterwards] = await console.waitFor(
    /^Network: .*\nCannot fetch .*\nNothing was written to \/dev\/vda\. \[network-[a-z-]+\]\nTry: coreos-installer -d .*\n\nPress Enter/,
    answerMs,
  );
  expect(afterwards).toContain(noCard);
  expect(afterwards).toContain('192.0.2.100');

  // There is no DHCP server on this network.
  await monitor.run('netdev_add', { type: 'hubport', id: 'wire', hubid: 0 });
  await monitor.run('device_add', { driver: 'virtio-net-pci', netdev: 'wire', id: 'card' });
  await monitor.run('set_link', { name: 'card', up: false });
  await expectDiagnosis(machine, 'true', 'no link, check the cable and the switch: eth0');
  await monitor.run('set_link', { name: 'card', up: true });
  await expectDiagnosis(machine, 'true', 'no address, no DHCP server responds on eth0');
  await expectDiagnosis(machine, 'ip addr add 192.0.2.200/24 dev eth0', 'no default route');
  await expectDiagnosis(machine, 'ip route add default via 192.0.2.1', 'no name server');

  console.type('echo nameserver 192.0.2.1 > /etc/resolv.conf\n');
  console.type('coreos-installer -d vda -i skip --retry-for 5s -b http://nowhere.example/image\n');
  await console.waitFor(/^Cannot fetch .*no name server answers for nowhere\.example/, answerMs);
});

/** Repeats the diagnosis until it prints that: the kernel takes a moment to detect a cable. */
async function expectDiagnosis(
  { console }: Machine,
  command: string,
  words: string,
): Promise<void> {
  const diagnosis = '/usr/lib/coreos-installer/network-diagnosis';
  console.type(`${command}; until ${diagnosis} | grep '${words}'; do sleep 1; done\n`);
  await console.waitFor(new RegExp(`^Network: ${words}`), answerMs);
}
