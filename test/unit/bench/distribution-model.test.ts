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

test('the page has the table as it is computed', () => {
  expect(readPage('fleet/scale.md')).toContain(modelTable());
});
