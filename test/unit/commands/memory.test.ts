import { expect, test } from 'vitest';
import { decoderMemoryBytes } from '../../../src/commands/memory.ts';

const mib = 1024 * 1024;
const plenty = 64 * 1024 * mib;

test.each([
  { jobs: 1, availableBytes: plenty, expected: 80 },
  { jobs: 2, availableBytes: plenty, expected: 184 },
  { jobs: 16, availableBytes: plenty, expected: 1640 },
  { jobs: 64, availableBytes: 4096 * mib, expected: 2048 },
  { jobs: 2, availableBytes: 300 * mib, expected: 150 },
  { jobs: 2, availableBytes: 100 * mib, expected: 80 },
])('$jobs jobs with $availableBytes bytes free: $expected MiB', (given) => {
  expect(decoderMemoryBytes(given.jobs, given.availableBytes)).toBe(given.expected * mib);
});
