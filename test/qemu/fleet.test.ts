import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { limits } from './support/chain.ts';
import { emptyDisk } from './support/disk.ts';
import {
  dhcpProxy,
  dhcpServer,
  type FleetServer,
  fleetUrl,
  macOf,
  makeFleet,
  provision,
  serveFleet,
} from './support/fleet.ts';
import { Guest } from './support/guest.ts';
import { bootMachine } from './support/machine.ts';
import { type Rack, setUpRack, startForeignDhcp } from './support/rack.ts';
import type { Scenario } from './support/scenario.ts';
import { moreScenarioTest, scenarioTest } from './support/scenario-test.ts';
import { signedGrub } from './support/signed-grub.ts';

scenarioTest(
  'a fleet’s machine under BIOS by iPXE: installed once, then its disk, although the network is first',
  async (scenario) => {
    await using stage = await setUp(scenario);
    const { rack, directory } = stage;
    await using server = await serveFleet(rack, directory, dhcpServer);
    // A new database holds the fleet.
    expect(await askedBy(rack, 1)).toContain('Booting the disk');
    await provision('release', '--all', '--dir', directory);

    await using machine = boot(scenario, stage);
    const first = await installed(server, machine);
    expect(await first.run('hostname')).toBe('node-1');
    first.restart();

    await server.waitFor('came-back', limits.bootMs);
    await server.waitFor('booted', limits.bootMs);
    const second = await Guest.started(machine);
    expect(await second.run('systemctl --failed --plain --no-legend')).toBe('');
    expect(countOf(server, 'permitted')).toBe(1);
    expect(await stateOf(directory)).toBe('booted');
  },
);

moreScenarioTest(
  'a fleet’s machine survives a lost database, and is installed again only by reinstall',
  async (scenario) => {
    await using stage = await setUp(scenario);
    const { rack, directory } = stage;
    await using machine = await (async () => {
      await using server = await serveFleet(rack, directory, dhcpServer);
      await provision('release', '--all', '--dir', directory);
      const begun = boot(scenario, stage);
      const guest = await installed(server, begun);
      await guest.run('echo kept > /var/lib/data');
      guest.restart();
      return begun;
    })();
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(directory, `state/fleet.db${suffix}`), { force: true });

    await using server = await serveFleet(rack, directory, dhcpServer);
    const held = await Guest.started(machine);
    expect(await held.run('cat /var/lib/data')).toBe('kept');
    expect(countOf(server, 'permitted')).toBe(0);

    // It gets the installer, which finds its install id on the disk.
    await provision('release', '--all', '--dir', directory);
    held.restart();
    await server.waitFor('installed', limits.installMs);
    const kept = await Guest.started(machine);
    expect(await kept.run('cat /var/lib/data')).toBe('kept');

    await provision('reinstall', 'node-1', '--dir', directory);
    kept.restart();
    const again = await installed(server, machine);
    expect(await again.try('cat /var/lib/data')).toMatchObject({ exitCode: 1 });
    expect(countOf(server, 'permitted')).toBe(2);
  },
);

moreScenarioTest(
  'a fleet’s machine under UEFI by iPXE, next to a DHCP server that knows nothing: installed once, and again only by reinstall',
  async (scenario) => {
    await using stage = await setUp(scenario);
    await using foreign = await startForeignDhcp(stage.rack);
    await using server = await serveFleet(stage.rack, stage.directory, dhcpProxy);
    await using machine = await installedTwice(scenario, { ...stage, server }, 'uefi');
    expect(machine.console.text).toContain('Booting the disk: it is installed');
    expect(foreign.text()).toMatch(
      new RegExp(`DHCPACK\\(lan\\) 192\\.0\\.2\\.1\\d\\d ${macOf(1)}`),
    );
  },
);

moreScenarioTest(
  'a fleet’s machine with Secure Boot by shim and GRUB: installed once, and again only by reinstall',
  async (scenario) => {
    await using stage = await setUp(scenario, ['--grub', await signedGrub()]);
    await using server = await serveFleet(stage.rack, stage.directory, dhcpServer);
    await using machine = await installedTwice(scenario, { ...stage, server }, 'secure-boot');
    expect(machine.console.text).toContain('Booting the disk: it is installed');
  },
);

interface Stage {
  readonly rack: Rack;
  /** Of the fleet. */
  readonly directory: string;
}

/** A rack with one cable, and a fleet with one machine. */
async function setUp(
  scenario: Scenario,
  loaders: readonly string[] = [],
): Promise<Stage & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const rack = stack.use(await setUpRack(1));
  const directory = scenario.file('rack');
  await makeFleet(directory, { machines: 1 });
  await provision('loaders', ...loaders, directory);
  const owned = stack.move();
  return { rack, directory, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function boot(
  scenario: Scenario,
  { rack }: Stage,
  firmware: 'bios' | 'uefi' | 'secure-boot' = 'bios',
) {
  return bootMachine({
    disks: [{ file: emptyDisk(scenario.file('disk.raw')) }],
    firmware,
    memoryMib: 1024,
    biosOnConsole: firmware === 'bios',
    network: { rack, cable: rack.cable(0), mac: macOf(1) },
  });
}

/**
 * Boots a machine from the network first, always: it is installed, keeps its data when it comes back, and
 * loses them only after `reinstall`.
 */
async function installedTwice(
  scenario: Scenario,
  stage: Stage & { readonly server: FleetServer },
  firmware: 'uefi' | 'secure-boot',
) {
  const { directory, server } = stage;
  await provision('release', '--all', '--dir', directory);
  await using stack = new AsyncDisposableStack();
  const machine = stack.use(boot(scenario, stage, firmware));
  const first = await installed(server, machine);
  expect(await first.run("journalctl --dmesg | grep -o -m 1 'Secure boot [a-z]*'")).toBe(
    firmware === 'secure-boot' ? 'Secure boot enabled' : 'Secure boot disabled',
  );
  await first.run('echo kept > /var/lib/data');
  first.restart();

  // How often one start of OVMF asks for a script, by PXE and by HTTP boot, is its own affair.
  await server.waitFor('booted', limits.bootMs);
  const second = await Guest.started(machine);
  expect(await second.run('cat /var/lib/data')).toBe('kept');
  expect(await second.run('systemctl --failed --plain --no-legend')).toBe('');
  expect(countOf(server, 'permitted')).toBe(1);

  await provision('reinstall', 'node-1', '--dir', directory);
  second.restart();
  const again = await installed(server, machine);
  expect(await again.try('cat /var/lib/data')).toMatchObject({ exitCode: 1 });
  expect(countOf(server, 'permitted')).toBe(2);
  expect(countOf(server, 'installed')).toBe(2);
  expect(await stateOf(directory)).toBe('booted');
  stack.move();
  return machine;
}

/** Waits until the machine is installed, has booted its disk and has reported that. */
async function installed(server: FleetServer, machine: ReturnType<typeof boot>): Promise<Guest> {
  await server.waitFor('installed', limits.installMs);
  await server.waitFor('booted', limits.bootMs);
  return await Guest.started(machine);
}

/** The boot script of a machine, as its loader asks for it. */
async function askedBy(rack: Rack, number: number): Promise<string> {
  const [command = '', ...words] = [...rack.inside, 'curl', '-sf'];
  const { stdout } = await execa(command, [...words, `${fleetUrl}/ipxe?mac=${macOf(number)}`]);
  return stdout;
}

function countOf({ events }: FleetServer, kind: string): number {
  return events.filter((event) => event.kind === kind).length;
}

async function stateOf(directory: string): Promise<string> {
  const { machines } = JSON.parse(await provision('status', '--json', '--dir', directory));
  return machines[0].state;
}
