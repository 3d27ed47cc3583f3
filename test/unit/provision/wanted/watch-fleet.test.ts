import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { loadFleet } from '../../../../src/provision/wanted/load-fleet.ts';
import { stampOf, watchFleet } from '../../../../src/provision/wanted/watch-fleet.ts';
import { makeFleet } from '../../../support/fleet-directory.ts';

const pollMs = 20;

test('each change is noticed once, wherever it is; then it is over', async () => {
  using fleet = makeFleet();
  fleet.put('secrets/a.yaml', 'a: 1\n');
  let changes = 0;
  let wake = () => {};
  const { stamp } = await loadFleet(fleet.path);
  const watch = watchFleet(
    fleet.path,
    stamp,
    () => {
      changes += 1;
      wake();
    },
    pollMs,
  );
  const edits = [
    () => fleet.put('fleet.yaml', 'url: http://192.0.2.2\n'),
    () => fleet.put('machines.csv', 'name,profile\n'),
    () => fleet.put('profiles/other.yaml', '#\n'),
    () => fleet.put('butane/files/below/motd', 'x'),
    () => fleet.put('secrets/a.yaml', 'a: 2\n'),
    () => fleet.addAsset('another.raw'),
    () => rmSync(join(fleet.path, 'secrets'), { recursive: true }),
  ];
  for (const edit of edits) {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    edit();
    await promise;
  }
  // Several looks, at which there is nothing new.
  await delay(10 * pollMs);
  expect(changes).toBe(edits.length);
  watch[Symbol.dispose]();
  fleet.put('fleet.yaml', 'url: http://192.0.2.3\n');
  await delay(10 * pollMs);
  expect(changes).toBe(edits.length);
});

test('no change is missed that is made while the fleet is loaded', async () => {
  // Later and later, until it is made after the end.
  for (let turns = 1, isOver = false; !isOver; turns = Math.ceil(turns * 1.3)) {
    using fleet = makeFleet();
    const loading = loadFleet(fleet.path).finally(() => (isOver = true));
    for (let turn = 0; turn < turns && !isOver; turn += 1) await nextTurn();
    const wasOver: boolean = isOver;
    fleet.put('machines.csv', 'name,profile\n');
    const { machines, stamp } = await loading;
    isOver = wasOver;
    if (machines.size > 0) expect(stamp).not.toBe(await stampOf(fleet.path));
  }
});

test('files that still change are left alone', async () => {
  using fleet = makeFleet();
  let changes = 0;
  const { stamp } = await loadFleet(fleet.path);
  using _ = watchFleet(fleet.path, stamp, () => (changes += 1), 100);
  const endMs = performance.now() + 1000;
  for (let n = 0; performance.now() < endMs; n += 1) {
    fleet.put('machines.csv', `name,profile\n#${n}\n`);
    await delay(10);
  }
  expect(changes).toBe(0);
});
