import { Random } from './random.ts';

/**
 * What fixture disks hold before anything is done to them, as if they had been in use: no zero
 * among it, so that bytes which should have been zeroed and were not are seen, and nothing that a
 * tool takes for a table or a file system, whose marks are text, zeros or bytes below 0xb0.
 */
const random = new Random(18);
/** Odd, so that no sector and no MiB is like its neighbour. */
const periodBytes = 1024 * 1024 - 3;
const period = Buffer.from(Array.from({ length: periodBytes }, () => 0xb0 | random.below(16)));

/** The old bytes of a place. */
export function oldBytes(offsetBytes: number, lengthBytes: number): Buffer {
  const start = offsetBytes % periodBytes;
  const turned = Buffer.concat([period.subarray(start), period.subarray(0, start)]);
  return Buffer.alloc(lengthBytes, turned);
}

/** Old bytes from the beginning on, in pieces. */
export function* oldContent(sizeBytes: number): Generator<Buffer> {
  for (let at = 0; at < sizeBytes; at += periodBytes)
    yield period.subarray(0, Math.min(periodBytes, sizeBytes - at));
}
