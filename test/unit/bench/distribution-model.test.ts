import { expect, test } from 'vitest';
import { durationsOf, modelTable } from '../../../bench/distribution-model.ts';
import { readPage } from '../../support/pages.ts';

test('a server’s card is shared by all', () => {
  const { plain } = durationsOf({ machines: 1000, serverGbits: 1, cacheGbits: 1 });
  expect(plain).toBeCloseTo((1000 * 556e6) / 0.11e9, 6);
});

test('no machine is faster than it decodes', () => {
  for (const seconds of Object.values(
    durationsOf({ machines: 80, serverGbits: 1000, cacheGbits: 1000 }),
  ))
    expect(seconds).toBeGreaterThanOrEqual(14);
  expect(durationsOf({ machines: 1, serverGbits: 25, cacheGbits: 1 }).plain).toBe(14);
});

test('with a cache in each rack the server sends a copy for each rack', () => {
  const at = (machines: number) =>
    durationsOf({ machines, serverGbits: 1, cacheGbits: 10 }).rackCaches;
  expect(at(40)).toBeUndefined();
  expect(at(10_000)).toBeCloseTo((250 * 556e6) / 0.11e9, 6);
  // The last rack has few machines; its copy is a whole one.
  expect(at(9_961)).toBe(at(10_000));
});

test('neither peers nor multicast save what every machine boots from', () => {
  const site = { machines: 10_000, serverGbits: 1, cacheGbits: 10 };
  const { peers, multicast, twoLevels } = durationsOf(site);
  const boot = (10_000 * 80e6) / 0.11e9;
  expect(peers).toBeGreaterThan(boot);
  expect(multicast).toBeGreaterThan(boot);
  expect(twoLevels).toBeLessThan(100);
});

test('how many machines a card is enough for, as the page says', () => {
  const page = readPage('fleet/scale.md').replaceAll(/\s+/g, ' ');
  const [, ...first] =
    /from (\d+) machines on with 1 Gbit\/s, from (\d+) with 10 Gbit\/s, and from (\d+) with 25/.exec(
      page,
    ) ?? [];
  const found = [1, 10, 25].map((serverGbits) => {
    const isEnough = (machines: number) =>
      durationsOf({ machines, serverGbits, cacheGbits: 1 }).plain === 14;
    let machines = 1;
    while (isEnough(machines)) machines += 1;
    return `${machines}`;
  });
  expect(first).toEqual(found);
  const { rackCaches } = durationsOf({ machines: 80, serverGbits: 25, cacheGbits: 10 });
  expect(rackCaches).toBeGreaterThan(14);
});

test('the page has the table as it is computed', () => {
  expect(readPage('fleet/scale.md')).toContain(modelTable());
});
