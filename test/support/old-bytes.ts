import { Random } from './random.ts';

const random = new Random(18);
/** A prime, so that no sector and no MiB equals its neighbours. */
const periodBytes = 65_521;
const period = Buffer.from(Array.from({ length: periodBytes }, () => 0xb0 | random.below(16)));

/**
 * The initial content of fixture disks, as if they had been in use: no zeros, so that bytes which should
 * have been zeroed are detected, and nothing that a tool recognizes as a table or a file system, whose
 * signatures are text, zeros or bytes below 0xb0.
 */
export function oldBytes(offsetBytes: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  for (let at = 0; at < lengthBytes; )
    at += period.copy(bytes, at, (offsetBytes + at) % periodBytes);
  return bytes;
}
