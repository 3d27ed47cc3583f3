import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { provisionProgram } from '../binary/program.ts';
import { compress, makeDiskImage } from '../support/disk-image.ts';
import { askedBy, readBootScript, type Told } from '../support/fakes/boot-script.ts';
import { type FakeDescription, planFakes } from '../support/fakes/fault-plan.ts';
import { ServedFleet } from '../support/fakes/served-fleet.ts';
import { unexpectedDifferences } from '../support/installed-disk.ts';
import { type InstallerResult, runInstaller } from '../support/installer.ts';
import { type LoopDevice, loopDevice } from '../support/loop-device.ts';
import {
  inNetwork,
  type Rack,
  rackNetwork,
  startCache,
  startOrigin,
} from '../support/rack-network.ts';

const mib = 1024 * 1024;
const count = 8;
const [url, port] = ['http://198.18.0.1:8080', 8081];

/** What the server tells a machine's loader, by way of a boot script as iPXE runs it. */
async function load({ machinesPid }: Rack, { mac, uuid }: FakeDescription): Promise<Told> {
  const get = async (address: string) => {
    // nginx may not listen yet.
    const curl = ['curl', '-sSf', '--retry', '30', '--retry-connrefused', address];
    const { stdout } = await execa('nsenter', [...inNetwork(machinesPid), ...curl]);
    return `${stdout}\n`;
  };
  const first = `${url}/boot.ipxe`;
  return readBootScript(await get(askedBy(await get(first), first, { mac, uuid })));
}

/** The kernel's command line, but for the disk: that of the profile is a real one here. */
function commandLine(told: Told, disk: LoopDevice): string {
  if (told.kind !== 'install') throw new Error(`the server says: ${told.kind}`);
  const args = new Map(told.args).set('coreos.inst.install_dev', disk.path);
  return [...args].map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join(' ');
}

async function install({ machinesPid }: Rack, cmdline: string): Promise<InstallerResult> {
  return await runInstaller({ cmdline, wrapper: ['nsenter', ...inNetwork(machinesPid), '--'] });
}

test(`${count} installers at once, through the cache of their rack: each installs once, and never again by itself`, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'site-'));
  stack.defer(() => rm(directory, { recursive: true }));
  const network = await rackNetwork(stack, {
    racks: 1,
    serverBits: 1e9,
    cacheBits: 10e9,
    machines: count,
  });
  const [rack] = network.racks as [Rack];
  const imagePath = await makeDiskImage({ layout: '2019', fillBytes: 3 * mib });
  const image = await readFile(await compress(imagePath, 'xz', ['-0', '--block-size=4MiB']));
  const machines = planFakes({
    count,
    seed: 1,
    machinesInRack: count,
    spreadMs: 1,
    withFaults: false,
  });
  const served = stack.use(
    await ServedFleet.start({
      ...{ machines, url, port, concurrency: count },
      edges: { r1: `http://${rack.cacheAddress}:8080` },
      files: { boot: Buffer.from('an initramfs'), image },
      program: ['nsenter', ...inNetwork(network.serverPid), provisionProgram],
    }),
  );
  const origin = await startOrigin(stack, network.serverPid, join(directory, 'origin'), {
    directory: served.directory.path,
    url,
    port,
  });
  await startCache(stack, rack, join(directory, 'cache'), url);

  const installed = await Promise.all(
    machines.map(async (machine) => {
      const disk = stack.use(await loopDevice({ sizeBytes: 64 * mib + 512 }));
      const cmdline = commandLine(await load(rack, machine), disk);
      const result = await install(rack, cmdline);
      expect(result.exitCode, result.stderr).toBe(0);
      expect(await unexpectedDifferences(imagePath, disk.path)).toEqual([]);
      return { machine, disk, cmdline };
    }),
  );
  const events = await served.events();
  const kinds = (wanted: string) => events.filter(({ kind }) => kind === wanted);
  const names = machines.map(({ name }) => name);
  for (const kind of ['permitted', 'config-fetched', 'installed'])
    expect(
      kinds(kind)
        .map(({ machine }) => machine)
        .toSorted(),
      kind,
    ).toEqual(names.toSorted());
  // One copy for the whole rack, and the config's, which no cache has.
  expect((await origin.sentBytes()) / image.length).toBeCloseTo(1, 1);

  // Each has the network first, and starts again.
  for (const { machine } of installed)
    expect((await load(rack, machine)).kind, machine.name).toBe('disk');
  // One starts the installer again, as from a cache that is out of date.
  const [{ disk, cmdline }] = installed as [(typeof installed)[0]];
  const before = await readFile(disk.path);
  const again = await install(rack, cmdline);
  expect(again.exitCode, again.stderr).toBe(0);
  expect((await readFile(disk.path)).equals(before)).toBe(true);
  const { machines: seen } = await served.view();
  expect(seen.map(({ state, needs }) => [state, needs])).toEqual(
    machines.map(() => ['came-back', undefined]),
  );
});
