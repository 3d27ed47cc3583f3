import { Random } from './random.ts';

const random = new Random(18);
/** A prime, so that no sector and no MiB is like its neighbours. */
const periodBytes = 65_521;
const period = Buffer.from(Array.from({ length: periodBytes }, () => 0xb0 | random.below(16)));

/**
 * What fixture disks hold in a place before anything is done to them, as if they had been in use: no
 * zero among it, so that bytes which should have been zeroed and were not are seen, and nothing that
 * a tool takes for a table or a file system, whose marks are text, zeros or bytes below 0xb0.
 */
export function oldBytes(offsetBytes: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  for (let at = 0; at < lengthBytes; )
    at += period.copy(bytes, at, (offsetBytes + at) % periodBytes);
  return bytes;
}
