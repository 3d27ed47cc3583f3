import { describe, expect, test } from 'vitest';
import type { Reading } from '../../../src/ui/meter.ts';
import {
  asciiBlocks,
  clock,
  progressBar,
  progressLine,
  unicodeBlocks,
} from '../../../src/ui/progress-words.ts';

const mib = 1024 * 1024;
const reading: Reading = {
  receivedBytes: 190 * mib,
  sourceSizeBytes: 454 * mib,
  decodedBytes: 940 * mib,
  onDeviceBytes: 921 * mib,
  toWriteBytes: 2200 * mib,
  elapsedMs: 17_000,
  percent: 41.86,
  receivedRate: 11 * mib,
  onDeviceRate: 52.2 * mib,
  leftMs: 24_000,
};
const unknown = { ...reading, percent: undefined, leftMs: undefined, sourceSizeBytes: undefined };

describe('a line', () => {
  test('tells percent, amounts, rates and the time left, in 80 columns', () => {
    const line = progressLine(reading);
    expect(line).toBe(
      ' 41.9 %  received 190 of 454 MiB (11 MiB/s), on disk 921 MiB (52 MiB/s), 0:24 left',
    );
  });

  test('tells what is known of a source without a size', () => {
    expect(progressLine(unknown)).toBe('received 190 MiB (11 MiB/s), on disk 921 MiB (52 MiB/s)');
  });

  test('tells tenths where the line is slow', () => {
    expect(progressLine({ ...unknown, receivedRate: 0.25 * mib })).toContain('(0.3 MiB/s)');
  });
});

test.each([
  [0, '0'],
  [1, '0.0'],
  [9.94 * mib, '9.9'],
  [10 * mib - 1, '10.0'],
  [10 * mib, '10'],
  [10.5 * mib, '11'],
])('%d bytes are %s MiB', (receivedBytes, text) => {
  expect(progressLine({ ...unknown, receivedBytes })).toContain(`received ${text} MiB (`);
});

describe('a bar', () => {
  const barOf = (percent: number, columns: number) =>
    progressBar({ ...reading, percent, leftMs: undefined }, columns, asciiBlocks)[0];

  test('is full only when all is there, and has at most 60 blocks', () => {
    expect(barOf(100, 200)).toBe(`[${'#'.repeat(60)}] 100 %`);
    expect(barOf(99.99, 200)).toBe(`[${'#'.repeat(59)}-]  99 %`);
    expect(barOf(0, 200)).toBe(`[${'-'.repeat(60)}]   0 %`);
  });

  test('has all amounts as soon as they fit', () => {
    const all = 'received 190 of 454 MiB (11 MiB/s), on disk 921 MiB (52 MiB/s)';
    const amounts = (columns: number) => progressBar(reading, columns, asciiBlocks)[1];
    expect(amounts(all.length + 1)).toBe(all);
    expect(amounts(all.length)).toBe('received 190 of 454 MiB (11 MiB/s)');
  });

  test('is as wide as the terminal allows', () => {
    expect(progressBar(reading, 80, asciiBlocks)).toEqual([
      `[${'#'.repeat(25)}${'-'.repeat(35)}]  41 %  0:24 left`,
      'received 190 of 454 MiB (11 MiB/s), on disk 921 MiB (52 MiB/s)',
    ]);
  });

  test.each([8, 10, 20, 40, 60, 80, 200])('fits into %i columns', (columns) => {
    for (const value of [reading, unknown, { ...reading, percent: 100, leftMs: 36_000_000 }]) {
      for (const line of progressBar(value, columns, unicodeBlocks)) {
        expect(line.length).toBeLessThan(Math.max(columns, 12));
      }
    }
  });

  test('keeps percentage and received bytes in 20 columns', () => {
    const [bar, amounts] = progressBar(reading, 20, asciiBlocks);
    expect(bar).toMatch(/^\[#+-+\] +41 %$/);
    expect(amounts).toBe('received 190 of 454');
  });

  test('is not drawn where there is no percentage', () => {
    expect(progressBar(unknown, 80, asciiBlocks)).toHaveLength(1);
  });
});

test.each([
  [0, '0:00'],
  [400, '0:01'],
  [59_001, '1:00'],
  [3_599_000, '59:59'],
  [3_723_000, '1:02:03'],
])('%i ms are %s', (timeMs, text) => {
  expect(clock(timeMs)).toBe(text);
});
