import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ownPiecesOf, piecesOf, readRange } from '../../../src/lib/file-range.ts';
import { failure } from '../../support/failure.ts';
import { noise } from '../../support/read.ts';

const mib = 1024 * 1024;
const directory = mkdtempSync(join(tmpdir(), 'file-range-'));
afterAll(() => rmSync(directory, { recursive: true }));

const content = noise(2 * mib + 5);
const name = join(directory, 'file');
writeFileSync(name, content);

const range = { startBytes: 3, sizeBytes: 2 * mib };
const wanted = content.subarray(3, 2 * mib + 3);

async function all(pieces: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for await (const piece of pieces) read.push(piece);
  return read;
}

test('a range is read whole, and what there is of one that goes past the end', async () => {
  await using file = await open(name);
  expect((await readRange({ name, file }, range)).equals(wanted)).toBe(true);
  const past = { startBytes: 2 * mib, sizeBytes: 100 };
  expect(await readRange({ name, file }, past)).toEqual(content.subarray(2 * mib));
});

test('pieces that the reader may keep stay as they are; the others share their memory', async () => {
  await using file = await open(name);
  const own = await all(ownPiecesOf({ name, file }, range));
  expect(own).toHaveLength(2);
  expect(Buffer.concat(own).equals(wanted)).toBe(true);
  const copies: Buffer[] = [];
  const memories = new Set<ArrayBufferLike>();
  for await (const piece of piecesOf({ name, file }, range)) {
    copies.push(Buffer.from(piece));
    memories.add(piece.buffer);
  }
  expect(Buffer.concat(copies).equals(wanted)).toBe(true);
  expect(memories.size).toBe(1);
});

test('they end with the file, and with the signal', async () => {
  await using file = await open(name);
  const past = { startBytes: 2 * mib, sizeBytes: 3 * mib };
  expect(await all(ownPiecesOf({ name, file }, past))).toEqual([content.subarray(2 * mib)]);
  const reason = new Error('stopped by the user');
  const pieces = ownPiecesOf({ name, file }, range, AbortSignal.abort(reason));
  await expect(pieces.next()).rejects.toBe(reason);
});

test('what cannot be read is named', async () => {
  await using file = await open(directory);
  const reading = readRange({ name: directory, file }, range);
  await expect(reading).rejects.toThrow(failure('file-unreadable'));
});
