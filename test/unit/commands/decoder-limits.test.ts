import { expect, test } from 'vitest';
import { decoderMemoryBytes } from '../../../src/commands/decoder-limits.ts';

const mib = 1024 * 1024;

test.each([
  { availableBytes: 64 * 1024 * mib, expected: 32 * 1024 },
  { availableBytes: 4096 * mib, expected: 2048 },
  { availableBytes: 300 * mib, expected: 150 },
  { availableBytes: 100 * mib, expected: 80 },
])('with $availableBytes bytes free: $expected MiB', ({ availableBytes, expected }) => {
  expect(decoderMemoryBytes(availableBytes)).toBe(expected * mib);
});
