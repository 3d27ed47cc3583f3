import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { driveFleet } from '../support/fakes/drive-fleet.ts';
import { planFakes } from '../support/fakes/fault-plan.ts';
import { faultsOf } from '../support/fakes/judge-fleet.ts';
import { runFakes } from '../support/fakes/run-fakes.ts';
import { ServedFleet } from '../support/fakes/served-fleet.ts';
import { Site } from '../support/fakes/site.ts';
import { reservePort } from '../support/ports.ts';
import { fromSources } from '../support/running-server.ts';

const seed = Number(process.env['SEED'] || 1);
/** All clocks run so fast: a minute of silence is four seconds. */
const speed = 15;
const concurrency = 30;

test('100 machines with faults, and a server that is killed: each is installed once, or named', {
  timeout: 180_000,
}, async () => {
  const startMs = Date.now();
  const port = await reservePort();
  const url = `http://127.0.0.1:${port}`;
  const machines = planFakes({ count: 100, seed, spreadMs: 20_000, withFaults: true });
  const clock = new URL('../support/fakes/faster-clock.ts', import.meta.url).href;
  await using served = await ServedFleet.start({
    ...{ machines, concurrency, url, port },
    program: fromSources('--import', clock),
    env: { CLOCK_SPEED: `${speed}`, CLOCK_START_MS: `${startMs}` },
  });
  const site = new Site({
    ...{ url, speed, seed, bytes: false, requestFaults: 0.04 },
    startMs: Date.now(),
  });
  // On a busy machine, others that are faster are there for moments only.
  const slow = new Set<string>();
  site.isNamed = (name) => slow.has(name);
  const disturbed = (async () => {
    await sleep(1500);
    await served.kill();
    await served.start();
  })();
  const fakes = Promise.all([runFakes(machines, site), disturbed]).then(([records]) => records);
  const run = await driveFleet(served, {
    ...{ fakes, concurrency, watchEveryMs: 200, namedWithinMs: 10_000 },
    onNamed: (name, kind) => kind === 'slow' && slow.add(name),
  });
  expect(faultsOf(run)).toEqual([]);
  expect(run.events.filter(({ kind }) => kind === 'started')).toHaveLength(3);
});
