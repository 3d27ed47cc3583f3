import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { ByteSource } from '../../../src/fetch/source.ts';
import { xzSize } from '../../../src/plan/image-size.ts';

const never = new AbortController().signal;
const xz = (text: string) => execFileSync('xz', ['--stdout'], { input: text });

test.each([
  // 32 bytes each.
  ['empty streams', Array(65_536).fill(xz('')), 0],
  ['short streams', Array(3000).fill(xz('a line')), 18_000],
])('the size of many %s takes few requests', async (_, streams, sizeBytes) => {
  const file = Buffer.concat(streams);
  const asked: number[] = [];
  const source: ByteSource = {
    name: 'image.xz',
    open: () => Promise.reject(new Error('not to be read')),
    tail: async (lengthBytes) => {
      asked.push(lengthBytes);
      return file.subarray(-lengthBytes);
    },
  };
  expect(await xzSize(source, file.length, never)).toBe(sizeBytes);
  expect(asked.length).toBeLessThanOrEqual(5);
  expect(Math.max(...asked)).toBeLessThanOrEqual(file.length);
});
