import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { afterMocks } from '../../support/own-modules.ts';

const order = vi.hoisted(() => {
  vi.resetModules();
  return { reversed: false };
});
afterMocks(() => vi.doUnmock('node:fs/promises'));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const readdir = async (...args: unknown[]) => {
    const found = await (real.readdir as (...args: unknown[]) => Promise<unknown[]>)(...args);
    return order.reversed ? found.toReversed() : found;
  };
  return { ...real, readdir };
});
const { digestOf, markUsed, removeUnused } = await import('../../qemu/mini-coreos/cache.ts');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cache-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the digest is that of names and contents, not of where or how they are stored', async () => {
  mkdirSync(join(directory, 'sub'));
  for (const [name, text] of [
    ['b', '1'],
    ['a', '2'],
    ['sub/c', '3'],
  ] as const)
    writeFileSync(join(directory, name), text);
  const first = await digestOf(directory, ['more']);
  expect(first).toMatch(/^[0-9a-f]{16}$/);
  order.reversed = true;
  expect(await digestOf(directory, ['more'])).toBe(first);
  order.reversed = false;
  expect(await digestOf(directory, ['less'])).not.toBe(first);
  writeFileSync(join(directory, 'sub/c'), '4');
  expect(await digestOf(directory, ['more'])).not.toBe(first);
});

test('what was used within a day stays', async () => {
  const longAgo = new Date(Date.now() - 25 * 3600 * 1000);
  for (const name of ['used', 'unused', 'work-killed']) {
    mkdirSync(join(directory, name));
    utimesSync(join(directory, name), longAgo, longAgo);
  }
  mkdirSync(join(directory, 'work-running'));
  await markUsed(join(directory, 'used'));
  await removeUnused(directory);
  expect(readdirSync(directory).toSorted()).toEqual(['used', 'work-running']);
});
