import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withOneLineErrors } from '../../scripts/lib/one-line-errors.ts';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import { chooseAccelerator, useAccelerator } from './support/accelerator.ts';
import { limits } from './support/chain.ts';
import { emptyDisk } from './support/disk.ts';
import { endProcess } from './support/end-process.ts';
import {
  dhcpServer,
  type FleetServer,
  macOf,
  makeFleet,
  provision,
  serveFleet,
} from './support/fleet.ts';
import { qemuArguments } from './support/machine.ts';
import { type Rack, reachFromHere, setUpRack } from './support/rack.ts';

// A server, dnsmasq and three virtual machines in a network of their own, for a person to watch.

const machines = 3;

const explanation = `
Three virtual machines boot from the network of a rack that exists in this computer only. coreos-provision
installs one of them first, then the others; they boot their disks and report: ten minutes without KVM.
`;

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => interrupted.abort());

await withOneLineErrors('make demo-fleet', async () => {
  if (process.geteuid?.() !== 0)
    throw new Error('it makes a network of its own, which needs root. Run it as root.');
  useAccelerator(await chooseAccelerator(process.env['ACCEL']));
  console.log('Building the system to install. It is kept for the next time.');
  await buildMiniCoreos();
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'coreos-installer-demo-fleet-'));
  stack.defer(async () => await rm(directory, { recursive: true }));
  try {
    await show(directory, stack);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  }
});

async function show(directory: string, stack: AsyncDisposableStack): Promise<void> {
  const fleet = join(directory, 'rack');
  await makeFleet(fleet, { machines });
  await provision('loaders', fleet);
  const token = await provision('token', 'create', fleet, '--name', 'demo');
  interrupted.signal.throwIfAborted();
  const rack = stack.use(await setUpRack(machines));
  const server = stack.use(await serveFleet(rack, fleet, dhcpServer));
  const page = stack.use(await reachFromHere(rack, 8080));
  console.log(`${explanation}
The page of the server: ${page.url}
Its token for actions: ${token}
The consoles of the machines: ${join(directory, 'node-1.log')} and so on
Ctrl-C ends it, and removes everything.
`);
  await provision('release', '--all', '--dir', fleet);
  for (let number = 1; number <= machines; number += 1) {
    const machine = await switchOn(directory, rack, number);
    stack.defer(async () => await endProcess(machine));
  }
  await allUp(server);
  console.log(`\n${await provision('status', '--all', '--dir', fleet)}\n`);
  if (!process.stdout.isTTY) return;
  console.log('All of them are up. Ctrl-C ends them, and removes everything.');
  if (!interrupted.signal.aborted) await once(interrupted.signal, 'abort');
}

/** Its serial line goes to a file. */
async function switchOn(directory: string, rack: Rack, number: number): Promise<ChildProcess> {
  const own = join(directory, `node-${number}`);
  await mkdir(own);
  const options = {
    disks: [{ file: emptyDisk(join(own, 'disk.raw')) }],
    biosOnConsole: true,
    memoryMib: 1024,
    network: { rack, cable: rack.cable(number - 1), mac: macOf(number) },
  };
  const [command = '', ...words] = [
    ...[...rack.inside, 'qemu-system-x86_64'],
    ...qemuArguments(options, own),
  ];
  // Ctrl-C is for us. Its standard input stays open: nobody types.
  const machine = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  machine.stdout.pipe(createWriteStream(`${own}.log`));
  return machine;
}

/** Prints what happens to the machines, until all have reported from their disks. */
async function allUp(server: FleetServer): Promise<void> {
  const up = new Set<string>();
  while (up.size < machines) {
    const { machine = '', kind } = await server.next(
      ['permitted', 'installed', 'failed', 'booted'],
      { timeoutMs: machines * limits.installMs, signal: interrupted.signal },
    );
    console.log(`${machine}: ${kind}`);
    if (kind === 'booted') up.add(machine);
  }
}
