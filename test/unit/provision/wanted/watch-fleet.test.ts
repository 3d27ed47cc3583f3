import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { loadFleet } from '../../../../src/provision/wanted/load-fleet.ts';
import { type FleetReading, watchFleet } from '../../../../src/provision/wanted/watch-fleet.ts';
import { type FleetDirectory, makeFleet } from '../../../support/fleet-directory.ts';

const table = (name: string) =>
  `name,mac,rack,profile,hostname\n${name},525400000001,r1,worker,h\n`;

async function watched(fleet: FleetDirectory, pollMs = 20) {
  const readings: FleetReading[] = [];
  let wake = () => {};
  const { stamp } = await loadFleet(fleet.path);
  const watch = watchFleet(
    fleet.path,
    stamp,
    (reading) => {
      readings.push(reading);
      wake();
    },
    pollMs,
  );
  const next = async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    await promise;
    return readings.at(-1);
  };
  return { readings, watch, next };
}

const namesOf = (reading: FleetReading | undefined) =>
  reading !== undefined && 'machines' in reading ? [...reading.machines.keys()] : reading;

test('changed files are read again, once; faults are passed on, and so is their end', async () => {
  using fleet = makeFleet();
  const { readings, watch, next } = await watched(fleet);
  using _ = watch;
  let read = next();
  fleet.put('machines.csv', table('n2'));
  expect(namesOf(await read)).toEqual(['n2']);

  read = next();
  fleet.put('machines.csv', table('n_3'));
  expect(await read).toEqual({
    failure: expect.stringContaining('machines.csv:2: error: name: a name has'),
  });
  // The same fault is not told at every look.
  await delay(200);
  expect(readings).toHaveLength(2);

  read = next();
  fleet.put('butane/files/new', 'x');
  fleet.put('machines.csv', table('n3'));
  expect(namesOf(await read)).toEqual(['n3']);
});

test('what is asked for is read at once; after the end nothing is', async () => {
  using fleet = makeFleet();
  const { readings, watch } = await watched(fleet, 3_600_000);
  fleet.put('machines.csv', table('n2'));
  await Promise.all([watch.reload(), watch.reload()]);
  expect(readings.map(namesOf)).toEqual([['n2'], ['n2']]);
  const late = watch.reload();
  watch[Symbol.dispose]();
  await late;
  await watch.reload();
  expect(readings).toHaveLength(2);
});
