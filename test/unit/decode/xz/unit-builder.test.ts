import { describe, expect, it } from 'vitest';
import { Pieces } from '../../../../src/decode/pieces.ts';
import { XzWalker } from '../../../../src/decode/xz/grammar.ts';
import type { Unit } from '../../../../src/decode/xz/unit.ts';
import { UnitBuilder } from '../../../../src/decode/xz/unit-builder.ts';
import { expectSame, mixture, xz, xzVerdict } from './helpers.ts';

const kib = 1024;
const mib = 1024 * kib;
const checkId = 0;
const stream = { bytes: new Uint8Array(12), checkId, checkSizeBytes: 0 };
const shortHeaderBytes = 12;

interface Block {
  readonly headerBytes?: number;
  readonly dictionaryBytes?: number;
  /** What its header says that it decodes to. */
  readonly saysBytes?: number;
  /** Compressed and decoded bytes of each chunk. */
  readonly chunks: readonly (readonly [number, number])[];
}

interface Built {
  readonly unit: Unit;
  readonly blocks: number;
  /** Compressed and decoded bytes of each piece, but the last, which has the index besides. */
  readonly pieces: (readonly [number, number])[];
}

/** A builder that notes what comes out of it. */
function noting() {
  const built: (Built & { blocks: number })[] = [];
  let announced = 0;
  let known = { inputBytes: 0, outputBytes: 0 };
  const builder = new UnitBuilder(
    (unit) => {
      built.push({ unit, blocks: 0, pieces: [] });
      known = { inputBytes: 0, outputBytes: 0 };
    },
    (bytes) => {
      announced += bytes;
      const last = built.at(-1) as Built;
      const { inputBytes, outputBytes } = last.unit;
      last.pieces.push([inputBytes - known.inputBytes, outputBytes - known.outputBytes]);
      known = { inputBytes, outputBytes };
    },
    () => 4711,
    new Pieces(),
  );
  return { builder, built, announced: () => announced };
}

/** As the walker would tell of these blocks. */
function build(blocks: readonly Block[]): readonly Built[] {
  const { builder, built } = noting();
  builder.streamStart(stream);
  for (const block of blocks) {
    const { headerBytes = shortHeaderBytes, dictionaryBytes = mib, saysBytes, chunks } = block;
    builder.blockStart({
      bytes: new Uint8Array(headerBytes),
      compressedSizeBytes: undefined,
      uncompressedSizeBytes: saysBytes,
      dictionaryBytes,
    });
    builder.blockBytes(new Uint8Array(headerBytes));
    let [compressed, decoded] = [headerBytes, 0];
    for (const [inputBytes, outputBytes] of chunks) {
      builder.chunkStart(outputBytes);
      builder.blockBytes(new Uint8Array(inputBytes));
      compressed += inputBytes;
      decoded += outputBytes;
    }
    (built.at(-1) as { blocks: number }).blocks += 1;
    builder.blockEnd({ unpaddedSizeBytes: compressed, uncompressedSizeBytes: decoded });
  }
  builder.streamEnd();
  return built;
}

const blocksOf = (blocks: readonly Block[]) => build(blocks).map((built) => built.blocks);
const many = (count: number, block: Block) => Array.from({ length: count }, () => block);

describe('UnitBuilder puts blocks into units', () => {
  it('until they decode to 1 MiB', () => {
    expect(blocksOf(many(4, { chunks: [[1000, mib / 2]] }))).toEqual([2, 2]);
    expect(blocksOf(many(4, { chunks: [[1000, mib / 2 - 1]] }))).toEqual([3, 1]);
    expect(blocksOf(many(2, { chunks: [[1000, mib]] }))).toEqual([1, 1]);
    expect(blocksOf(many(2, { chunks: [[1000, mib - 1]] }))).toEqual([2]);
  });

  it('until they hold 1 MiB', () => {
    const holding = (bytes: number): Block => ({
      chunks: [
        [60 * kib, 1],
        [bytes - 60 * kib - shortHeaderBytes, 1],
      ],
    });
    expect(blocksOf(many(34, holding(64 * kib)))).toEqual([16, 16, 2]);
    expect(
      blocksOf([...many(15, holding(64 * kib)), holding(64 * kib - 1), holding(64 * kib)]),
    ).toEqual([17]);
  });

  it('until there are 1024 of them', () => {
    expect(blocksOf(many(2049, { chunks: [[1, 1]] }))).toEqual([1024, 1024, 1]);
  });

  it('so long as their dictionaries are small, or no larger than the first', () => {
    const block = (dictionaryBytes: number, saysBytes?: number): Block => ({
      dictionaryBytes,
      chunks: [[10, 10]],
      ...(saysBytes !== undefined && { saysBytes }),
    });
    expect(blocksOf([block(mib), block(8 * mib)])).toEqual([2]);
    expect(blocksOf([block(mib), block(8 * mib + 1)])).toEqual([1, 1]);
    expect(blocksOf([block(64 * mib), block(64 * mib), block(8 * mib)])).toEqual([3]);
    expect(blocksOf([block(64 * mib), block(64 * mib + 1)])).toEqual([1, 1]);
    // No more than the whole block needs.
    expect(blocksOf([block(mib), block(64 * mib, 8 * mib)])).toEqual([2]);
    expect(build([block(64 * mib, 1000)])[0]?.unit.dictionaryBytes).toBe(1000);
  });

  it('with their places', () => {
    const units = build(many(3, { chunks: [[1000, mib + 5]] })).map(({ unit }) => unit);
    expect(units.map((unit) => unit.outputOffsetBytes)).toEqual([0, mib + 5, 2 * mib + 10]);
    expect(units.map((unit) => unit.inputOffsetBytes)).toEqual([4711, 4711, 4711]);
  });
});

describe('UnitBuilder cuts units into pieces', () => {
  const piecesOf = (chunks: Block['chunks']) => build([{ chunks }])[0]?.pieces ?? [];
  const begin = stream.bytes.length + shortHeaderBytes;

  it('of at most 3 MiB of output, between chunks', () => {
    const outputs = (...bytes: number[]) =>
      piecesOf(bytes.map((output) => [100, output])).map(([, output]) => output);
    expect(outputs(2 * mib, mib, 1)).toEqual([3 * mib, 1]);
    expect(outputs(2 * mib, mib + 1, 1)).toEqual([2 * mib, mib + 2]);
    expect(outputs(2 * mib, 2 * mib, 2 * mib)).toEqual([2 * mib, 2 * mib, 2 * mib]);
    expect(outputs(5, 2 * mib, 2 * mib)).toEqual([2 * mib + 5, 2 * mib]);
  });

  it('that end once they hold 384 KiB', () => {
    const chunk = 64 * kib;
    const chunks = (first: number, count: number): Block['chunks'] =>
      [first, ...Array.from({ length: count - 1 }, () => chunk)].map((bytes) => [bytes, 1]);
    expect(piecesOf(chunks(chunk - begin, 7)).map(([input]) => input)[0]).toBe(384 * kib);
    expect(piecesOf(chunks(chunk - begin - 1, 8)).map(([input]) => input)[0]).toBe(448 * kib - 1);
  });

  it('that have room for headers alone: blocks with nothing in them', () => {
    const full: Block = { chunks: Array.from({ length: 6 }, () => [64 * kib, 1] as const) };
    const [built] = build([full, ...many(600, { headerBytes: 1024, chunks: [] })]);
    const inputs = (built as Built).pieces.map(([input]) => input);
    expect(inputs).toHaveLength(3);
    expect(Math.max(...inputs)).toBeLessThan(385 * kib);
  });
});

describe('UnitBuilder, with what xz writes', () => {
  const image = Buffer.concat([mixture(900_001), Buffer.alloc(20_000_003), mixture(1_300_001, 7)]);

  it.each([
    ['in one block', ['-0']],
    ['in blocks', ['-0', '--block-size=300001']],
    ['in blocks with sizes', ['-0', '-T2', '--block-size=2500001', '--check=sha256']],
  ])('makes streams that decode to the image, in pieces of bounded size: %s', async (_, args) => {
    const file = xz(image, ...args);
    const { builder, built, announced } = noting();
    const walker = new XzWalker(builder);
    for (let at = 0; at < file.length; at += 4093) walker.push(file.subarray(at, at + 4093));
    walker.end();
    expect(builder.outputBytes).toBe(image.length);
    let inputBytes = 0;
    for (const { unit, pieces } of built) {
      const parts: Uint8Array[] = [];
      for (let part = await unit.take(); part; part = await unit.take()) parts.push(part);
      const bytes = Buffer.concat(parts);
      inputBytes += bytes.length;
      const { outputOffsetBytes: start, outputBytes } = unit;
      expectSame(xzVerdict(bytes) ?? Buffer.alloc(0), image.subarray(start, start + outputBytes));
      for (const [, output] of pieces) expect(output).toBeLessThanOrEqual(3 * mib);
      expect(parts.map(({ length }) => length)).toEqual(pieces.map(([input]) => input));
    }
    expect(announced()).toBe(inputBytes);
  });
});
