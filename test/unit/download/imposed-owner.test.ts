import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failure } from '../../support/failure.ts';
import { afterMocks } from '../../support/own-modules.ts';

/** What the file system says of each file that is opened, as FAT and NFS do. */
const imposed = vi.hoisted(() => {
  vi.resetModules();
  return { stats: {} as { uid?: number; mode?: number } };
});
afterMocks(() => vi.doUnmock('node:fs/promises'));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (...args) => {
    const file = await real.open(...args);
    const stats = await file.stat();
    return Object.assign(file, { stat: async () => Object.assign(stats, imposed.stats) });
  };
  return { ...real, open };
});
const { PartialFile } = await import('../../../src/download/partial-file.ts');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'imposed-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test.each<[string, typeof imposed.stats]>([
  ['on this file system every new file belongs to user 54321, who can change it', { uid: 54_321 }],
  ['on this file system other users can change every new file (mode 777)', { mode: 0o100_777 }],
])('a file system that decides itself is named as the reason: %s', async (words, stats) => {
  imposed.stats = stats;
  const opening = PartialFile.open(directory, 'image.raw');
  await expect(opening).rejects.toThrow(failure('output-failed'));
  await expect(PartialFile.open(directory, 'image.raw')).rejects.toThrow(
    `${words}, also after it was verified. Choose a directory on another file system`,
  );
  expect(readdirSync(directory)).toEqual([]);
});

test('a file with an owner and a mode as usual is opened', async () => {
  imposed.stats = {};
  await using partial = await PartialFile.open(directory, 'image.raw');
  expect(partial.name).toBe(join(directory, '.image.raw.partial'));
});
