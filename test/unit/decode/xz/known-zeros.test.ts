import { describe, expect, it } from 'vitest';
import { ChunkWriter } from '../../../../src/decode/chunk-writer.ts';
import { decodeUnit } from '../../../../src/decode/xz/decode-unit.ts';
import { KnownZeros } from '../../../../src/decode/xz/known-zeros.ts';
import { Unit } from '../../../../src/decode/xz/unit.ts';
import { decodeXz } from '../../../../src/decode/xz/xz-decoder.ts';
import { decode, defaults, expectSame, mixture, xz } from './helpers.ts';

const { signal } = defaults();

function unitOf(...pieces: number[][]): Unit {
  const unit = new Unit(0, 0, 0);
  for (const piece of pieces) unit.add(Uint8Array.from(piece), 100);
  unit.complete();
  return unit;
}

async function knowing(...pieces: number[][]): Promise<KnownZeros> {
  const zeros = new KnownZeros();
  const recording = zeros.recording();
  for (const piece of pieces) {
    recording.decoded([new Uint8Array(60), Uint8Array.of(...Array(40).fill(0), 1)], 100);
    recording.usedUp(Uint8Array.from(piece));
  }
  recording.succeeded();
  return zeros;
}

describe('KnownZeros', () => {
  it('knows a unit with the same pieces', async () => {
    const zeros = await knowing([1, 2], [3]);
    expect(await zeros.compare(unitOf([1, 2], [3]), signal)).toMatchObject({ same: true });
  });

  it.each([
    ['another byte', [[1, 2], [4]]],
    ['one piece less', [[1, 2]]],
    ['one piece more', [[1, 2], [3], [3]]],
    [
      'a longer piece',
      [
        [1, 2],
        [3, 0],
      ],
    ],
  ])('not one with %s, whose pieces it gives back', async (_, pieces) => {
    const zeros = await knowing([1, 2], [3]);
    const unit = unitOf(...pieces);
    const { taken, same } = await zeros.compare(unit, signal);
    const rest: Uint8Array[] = [];
    for (let piece = await unit.take(); piece; piece = await unit.take()) rest.push(piece);
    expect(same).toBe(false);
    expect([...taken, ...rest].map((piece) => [...piece])).toEqual(pieces);
  });

  it('knows it also when the memory of its pieces is used again', async () => {
    const zeros = new KnownZeros();
    const recording = zeros.recording();
    const piece = Uint8Array.of(1, 2);
    recording.usedUp(piece);
    recording.succeeded();
    piece.fill(7);
    expect(await zeros.compare(unitOf([7, 7]), signal)).toMatchObject({ same: false });
    expect(await zeros.compare(unitOf([1, 2]), signal)).toMatchObject({ same: true });
  });

  it('remembers up to 256 KiB, all pieces together', async () => {
    const knows = async (...lengths: number[]) => {
      const zeros = new KnownZeros();
      const recording = zeros.recording();
      for (const length of lengths) recording.usedUp(new Uint8Array(length));
      recording.succeeded();
      const unit = new Unit(0, 0, 0);
      for (const length of lengths) unit.add(new Uint8Array(length), 100);
      unit.complete();
      return (await zeros.compare(unit, signal)).same;
    };
    expect(await knows(256 * 1024)).toBe(true);
    expect(await knows(200 * 1024, 56 * 1024)).toBe(true);
    expect(await knows(256 * 1024 + 1)).toBe(false);
    expect(await knows(200 * 1024, 56 * 1024 + 1)).toBe(false);
  });

  it('remembers nothing that is not zero, too long, or not decoded to its end', async () => {
    const zeros = new KnownZeros();
    const data = zeros.recording();
    data.decoded([new Uint8Array(2), Uint8Array.of(0, 1)], 4);
    data.usedUp(Uint8Array.of(1));
    data.succeeded();
    const long = zeros.recording();
    long.usedUp(new Uint8Array(300 * 1024));
    long.succeeded();
    zeros.recording().usedUp(Uint8Array.of(1));
    expect(await zeros.compare(unitOf([1]), signal)).toEqual({ taken: [], same: false });
  });
});

describe('decodeUnit', () => {
  it('gives back the memory of a unit that it knows', async () => {
    const zeros = await knowing([1, 2], [3]);
    const released: number[][] = [];
    const writer = new ChunkWriter(async () => undefined, 1);
    const release = (piece: Uint8Array) => released.push([...piece]);
    await decodeUnit(unitOf([1, 2], [3]), { writer, zeros, signal, release });
    expect(released).toEqual([[1, 2], [3]]);
  });
});

describe('decodeXz, with blocks of zeros that are alike', () => {
  const mib = 1024 * 1024;
  const image = Buffer.concat([mixture(3 * mib), Buffer.alloc(21 * mib + 5), mixture(2 * mib)]);

  it.each(['3MiB', '2500001'])('gives the image, cut at %s', async (size) => {
    const file = xz(image, '-1', '-T2', `--block-size=${size}`, '--check=sha256');
    expectSame(await decode(decodeXz, file, { jobs: 2 }), image);
    expectSame(await decode(decodeXz, file, { jobs: 1, chunkLength: 4093 }), image);
  });

  it('refuses the one among them that is damaged', async () => {
    const file = xz(image, '-1', '-T2', '--block-size=3MiB', '--check=crc32');
    const block = xz(Buffer.alloc(3 * mib), '-1', '-T2', '--block-size=3MiB', '--check=crc32');
    // What every block of zeros has within: the last bytes of its data.
    const within = block.subarray(100, 120);
    const places: number[] = [];
    for (let at = file.indexOf(within); at >= 0; at = file.indexOf(within, at + 1)) places.push(at);
    expect(places.length).toBeGreaterThan(5);
    file.writeUInt8((file.readUInt8(places[4] as number) ?? 0) ^ 1, places[4]);
    await expect(decode(decodeXz, file, { jobs: 2 })).rejects.toThrow(/damaged/);
  });
});
