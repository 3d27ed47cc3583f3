import { DecodeFault } from '../fault.ts';

/** Most bytes of one variable-length integer (xz file format 1.2.0, section 1.2). */
const longestVliBytes = 9;

/**
 * Decodes one variable-length integer; `nextByte` is called for each of its bytes. Values above
 * 2^53 lose their low bits, which is harmless: no real size is as large.
 */
export function readVli(nextByte: () => number): number {
  const steps = vliSteps();
  for (;;) {
    const value = steps(nextByte());
    if (value !== undefined) return value;
  }
}

/** A decoder that is given one byte at a time and answers with the value after the last. */
export function vliSteps(): (byte: number) => number | undefined {
  let value = 0;
  let scale = 1;
  let count = 0;
  return (byte) => {
    count += 1;
    if (byte === 0 && count > 1)
      throw new DecodeFault('damaged', 'a number is not in its shortest form');
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if ((byte & 0x80) === 0) return value;
    if (count === longestVliBytes) throw new DecodeFault('damaged', 'a number is too long');
    return undefined;
  };
}

/** Writes `value` (below 2^53) at `at` and returns the position after it. */
export function writeVli(value: number, target: Uint8Array, at: number): number {
  let rest = value;
  let position = at;
  while (rest >= 0x80) {
    target[position++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[position++] = rest;
  return position;
}
