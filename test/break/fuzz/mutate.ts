import type { Random } from '../../support/random.ts';

const mostBytes = 64 * 1024;
const interesting = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x27, 0x5c, 0x3d, 0x2f, 0x30];

type Mutation = (bytes: Buffer, random: Random, corpus: readonly Buffer[]) => Buffer;

const mutations: readonly Mutation[] = [
  // One bit, one byte, one number.
  (bytes, random) =>
    changed(bytes, random, (copy, at) =>
      copy.writeUInt8(copy.readUInt8(at) ^ (1 << random.below(8)), at),
    ),
  (bytes, random) =>
    changed(bytes, random, (copy, at) => copy.writeUInt8(random.pick(interesting), at)),
  (bytes, random) =>
    changed(bytes, random, (copy, at) => {
      if (at + 4 <= copy.length) copy.writeUInt32LE(random.below(2 ** 32), at);
    }),
  // A part left out, put in again, or put in many times.
  (bytes, random) => {
    const [start, end] = part(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  (bytes, random) => {
    const [start, end] = part(bytes, random);
    const times = random.chance(0.1) ? random.between(2, 2000) : 2;
    const again = Array.from({ length: times }, () => bytes.subarray(start, end));
    return Buffer.concat([bytes.subarray(0, start), ...again, bytes.subarray(end)]);
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  // Parts of another input.
  (bytes, random, corpus) => {
    const other = random.pick(corpus);
    const [start, end] = part(other, random);
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    const noise = Buffer.from(
      Array.from({ length: random.between(1, 16) }, () => random.below(256)),
    );
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
];

/** An input like one of the corpus, with some things wrong; at most 64 KiB. */
export function mutate(corpus: readonly Buffer[], random: Random): Buffer {
  let bytes = random.pick(corpus);
  for (let count = random.between(1, 6); count > 0; count -= 1) {
    bytes = random.pick(mutations)(bytes, random, corpus).subarray(0, mostBytes);
  }
  return Buffer.from(bytes);
}

function changed(
  bytes: Buffer,
  random: Random,
  change: (copy: Buffer, at: number) => void,
): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) change(copy, random.below(copy.length));
  return copy;
}

function part(bytes: Buffer, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length + 1);
  const most = random.chance(0.5) ? 16 : bytes.length;
  return [start, Math.min(bytes.length, start + random.below(most + 1))];
}
