import { expect, test } from 'vitest';
import { atMostEvery, type ProgressEvent, progressLine } from '../../../src/progress/progress.ts';

const mib = 1024 * 1024;
const event: ProgressEvent = {
  receivedBytes: 25 * mib,
  sourceSizeBytes: 100 * mib,
  onDeviceBytes: 200 * mib,
  elapsedMs: 2000,
};

test('a line tells percent, sizes and rate', () => {
  expect(progressLine(event)).toBe(
    ' 25.0 %  received 25 MiB of 100 MiB, on disk 200 MiB, 100 MiB/s',
  );
});

test('without a size from the server there is no percentage', () => {
  expect(progressLine({ ...event, sourceSizeBytes: undefined })).toBe(
    'received 25 MiB, on disk 200 MiB, 100 MiB/s',
  );
});

test('at most one event in an interval is passed on', () => {
  const seen: number[] = [];
  const listener = atMostEvery(1000, ({ elapsedMs }) => seen.push(elapsedMs));
  for (const elapsedMs of [0, 10, 999, 1000, 1001, 2500]) listener({ ...event, elapsedMs });
  expect(seen).toEqual([0, 1000, 2500]);
});
