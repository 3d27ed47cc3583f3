/**
 * `make bench-fleet`: 10 000 fake machines (N=…) without the bytes of an image are switched on within
 * half a minute, ask the packaged server until it is their turn, install and report; in the middle the
 * server is killed and started again. Writes bench/results/fleet.json and fills it into docs/fleet/scale.md.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { root } from '../scripts/lib/paths.ts';
import { provisionProgram } from '../test/binary/program.ts';
import { driveFleet } from '../test/support/fakes/drive-fleet.ts';
import { planFakes } from '../test/support/fakes/fault-plan.ts';
import { faultsOf, lostReports } from '../test/support/fakes/judge-fleet.ts';
import { runFakes } from '../test/support/fakes/run-fakes.ts';
import { ServedFleet } from '../test/support/fakes/served-fleet.ts';
import { Site } from '../test/support/fakes/site.ts';
import { UnreliableNetwork } from '../test/support/fakes/unreliable-network.ts';
import { reservePort } from '../test/support/ports.ts';
import { Random } from '../test/support/random.ts';
import { type FleetResults, fleetTable, missedGoals, quantilesOf } from './fleet-report.ts';
import { withPart } from './publish.ts';

const usual = 10_000;
const count = Number(process.env['N'] || usual);
const concurrency = Math.max(100, count / 10);
const spreadMs = 30_000;
const killAfterMs = 50_000;
/** So many of the requests for a script are followed by one to fastify alone. */
const comparedShare = 0.2;
const seed = 1;

const [loadAverage = 0] = loadavg();
const port = await reservePort();
const url = `http://127.0.0.1:${port}`;
const machines = planFakes({
  ...{ count, seed, spreadMs, withFaults: false },
  // Each machine its own: the server tells them apart, and ports do not run out.
  addressOf: (rack, inRack) => `127.1.${rack}.${inRack + 1}`,
});
await using served = await ServedFleet.start({
  ...{ machines, concurrency, url, port },
  program: [provisionProgram],
});

const plain = execa(process.execPath, [join(import.meta.dirname, 'plain-fastify.ts')], {
  ...{ reject: false, stderr: 'inherit' },
});
const plainPort = Number((await plain[Symbol.asyncIterator]().next()).value);
const common = { speed: 1, seed, bytes: false, requestFaults: 0, startMs: Date.now() };
const plainUrl = `http://127.0.0.1:${plainPort}/ipxe`;
const besides = new Site({ ...common, url: plainUrl });
const plainMs: number[] = [];
besides.onAnswer = (_, elapsedMs) => plainMs.push(elapsedMs);
const random = new Random(seed);
const network = new UnreliableNetwork(besides, random, undefined);

const site = new Site({ ...common, url });
const ipxeMs: number[] = [];
let requests = 0;
site.onAnswer = (path, elapsedMs) => {
  requests += 1;
  if (path !== '/ipxe') return;
  ipxeMs.push(elapsedMs);
  if (random.chance(comparedShare)) void network.ask(plainUrl).catch(() => {});
};

let restartMs = 0;
const killed = (async () => {
  await sleep(killAfterMs);
  await served.kill();
  const startMs = performance.now();
  await served.start();
  restartMs = performance.now() - startMs;
})();
const fakes = Promise.all([runFakes(machines, site), killed]).then(([records]) => records);
const run = await driveFleet(served, {
  ...{ fakes, concurrency, watchEveryMs: 10_000, namedWithinMs: 10_000 },
});
const seconds = Math.max(...run.records.map(({ installedMs = 0 }) => installedMs)) / 1000;
plain.kill();
await plain;

const results: FleetResults = {
  machine: {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    loadAverage,
  },
  ...{ machines: count, seconds, requests, restartMs },
  ...{ ipxeMs: quantilesOf(ipxeMs), plainMs: quantilesOf(plainMs) },
  cpuMsPerRequest: served.cpuMs / requests,
  peakBytes: Math.max(...served.peakBytes),
  events: run.events.length,
  acknowledged: run.records.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
  lost: lostReports(run).length,
};
console.log(fleetTable(results));
const faults = faultsOf(run);
for (const line of faults.slice(0, 20)) console.error(line);
if (faults.length > 0) process.exitCode = 1;
for (const what of missedGoals(results)) console.error(`Goal missed: ${what}`);
if (count === usual && faults.length === 0) {
  const file = join(root, 'bench/results/fleet.json');
  await writeFile(file, `${JSON.stringify(results, undefined, 1)}\n`);
  const page = join(root, 'docs/fleet/scale.md');
  await writeFile(page, withPart(await readFile(page, 'utf8'), 'fleet', fleetTable(results)));
}
