import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { durationsOf } from '../../bench/distribution-model.ts';
import { provisionProgram } from '../binary/program.ts';
import { driveFleet } from '../support/fakes/drive-fleet.ts';
import type { MachineRecord } from '../support/fakes/fake-machine.ts';
import { type FakeDescription, planFakes } from '../support/fakes/fault-plan.ts';
import { faultsOf } from '../support/fakes/judge-fleet.ts';
import { ServedFleet } from '../support/fakes/served-fleet.ts';
import type { SiteOptions } from '../support/fakes/site.ts';
import {
  inNetwork,
  machineAddress,
  type Rack,
  rackNetwork,
  startCache,
  startOrigin,
} from '../support/rack-network.ts';

/** Links, and what goes over them; seconds stay seconds. */
const scale = 100;
const racks = Number(process.env['RACKS'] || 25);
const seed = Number(process.env['SEED'] || 1);
const machinesInRack = 40;
const count = racks * machinesInRack;
const payload = { bootBytes: 80e6 / scale, imageBytes: 476e6 / scale, machineSeconds: 14 };
const [url, port] = ['http://198.18.0.1:8080', 8081];
/** Until all processes of fake machines run. */
const readyMs = 1000 * (5 + racks);
const rackMain = join(import.meta.dirname, '../support/fakes/rack-main.ts');

async function runRack(
  { machinesPid }: Rack,
  machines: readonly FakeDescription[],
  site: SiteOptions,
): Promise<MachineRecord[]> {
  const command = [...inNetwork(machinesPid), process.execPath, rackMain];
  const { stdout } = await execa('nsenter', command, { input: JSON.stringify({ machines, site }) });
  return JSON.parse(stdout);
}

test(`${count} machines with faults, ${racks} caches, one of them killed, and the server as well: each is installed once, or named`, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'site-'));
  stack.defer(() => rm(directory, { recursive: true }));
  const bits = (gbits: number) => (gbits * 1e9) / scale;
  const network = await rackNetwork(stack, {
    ...{ racks, serverBits: bits(1), cacheBits: bits(10) },
    // And a place for strangers.
    machines: machinesInRack + 1,
  });
  const machines = planFakes({
    ...{ count, seed, machinesInRack, spreadMs: 5_000, withFaults: true },
    addressOf: machineAddress,
  });
  const edges = network.racks.map(({ cacheAddress }, at) => [
    `r${at + 1}`,
    `http://${cacheAddress}:8080`,
  ]);
  const served = stack.use(
    await ServedFleet.start({
      ...{ machines, url, port, concurrency: count, edges: Object.fromEntries(edges) },
      files: { boot: randomBytes(payload.bootBytes), image: randomBytes(payload.imageBytes) },
      program: ['nsenter', ...inNetwork(network.serverPid), provisionProgram],
    }),
  );
  const origin = await startOrigin(stack, network.serverPid, join(directory, 'origin'), {
    directory: served.directory.path,
    url,
    port,
  });
  const cacheOf = (rack: Rack) =>
    startCache(stack, rack, join(directory, `cache-${rack.cachePid}`), url);
  const caches = await Promise.all(network.racks.map(cacheOf));
  const [firstRack] = network.racks as [Rack];

  const startMs = Date.now() + readyMs;
  const site = { url, seed, startMs, speed: 1, bytes: true, requestFaults: 0.02 };
  const fakes = Promise.all(
    network.racks.map((rack, at) =>
      runRack(
        rack,
        machines.filter((one) => one.rack === `r${at + 1}`),
        site,
      ),
    ),
  );
  const { rackCaches: modelSeconds = 0 } = durationsOf(
    { machines: count, serverGbits: 1 / scale, cacheGbits: 10 / scale },
    payload,
  );
  const disturbed = (async () => {
    await sleep(readyMs + modelSeconds * 250);
    await served.kill();
    await served.start();
    await sleep(modelSeconds * 250);
    await caches[0]?.kill();
    await sleep(3_000);
    await cacheOf(firstRack);
  })();
  const run = await driveFleet(served, {
    fakes: Promise.all([fakes, disturbed]).then(([all]) => all.flat()),
    ...{ concurrency: count, watchEveryMs: 2_000, namedWithinMs: 120_000 },
  });

  const sound = run.records.filter(
    ({ machine }) => machine.fault === 'none' && machine.rack !== 'r1',
  );
  const seconds = Math.max(...sound.map(({ installedMs = Number.NaN }) => installedMs / 1000));
  const copies = (await origin.sentBytes()) / (payload.bootBytes + payload.imageBytes);
  const permits = run.events.filter(({ kind }) => kind === 'permitted').length;
  console.info(
    `${seconds.toFixed(1)} s, by the model ${modelSeconds.toFixed(1)} s; ${copies.toFixed(2)} copies; ` +
      `${run.events.length} events, ${permits} permits`,
  );
  expect(faultsOf(run)).toEqual([]);
  // And what the cache had begun when it was killed.
  expect(copies).toBeGreaterThan(racks * 0.98);
  expect(copies).toBeLessThan(racks * 1.02 + 0.1);
  expect(seconds / modelSeconds).toBeGreaterThan(0.85);
  expect(seconds / modelSeconds).toBeLessThan(1.25);
});
