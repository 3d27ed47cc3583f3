import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../src/disk/look/target.ts';
import { alignedBuffers } from '../../../../src/lib/aligned-memory.ts';
import { TargetError, WriteError } from '../../../../src/lib/errors.ts';
import { limitedTmpfs } from '../../../support/limited-tmpfs.ts';
import { loopDevice } from '../../../support/loop-device.ts';
import { openWriter as openPlainWriter, targetOf } from '../../../support/loop-target.ts';
import { openReusedWriter as openWriter } from '../../../support/reusing-caller.ts';

const MiB = 1024 * 1024;

describe.each([
  { direct: true, sectorSizeBytes: 512 as const },
  { direct: true, sectorSizeBytes: 4096 as const },
  { direct: false, sectorSizeBytes: 512 as const },
])('a writer (direct: $direct, $sectorSizeBytes-byte sectors)', ({ direct, sectorSizeBytes }) => {
  it('puts pieces of any length and order where they belong and keeps the rest', async () => {
    await using device = await loopDevice({ sizeBytes: 3 * MiB + 4096, sectorSizeBytes });
    const target = targetOf(device);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: target.sizeBytes }), { minLength: 2, maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        async (cuts, order) => {
          const expected = readFileSync(device.backingFile);
          const points = [...new Set(cuts)].toSorted((a, b) => a - b);
          const pieces = points.slice(1).map((end, index) => {
            const start = points[index] ?? 0;
            return { start, bytes: randomBytes(end - start), rank: order.next().value };
          });
          await using writer = await openWriter(target, { direct });
          await Promise.all(
            pieces
              .toSorted((a, b) => a.rank - b.rank)
              .map(({ start, bytes }) => writer.write(start, bytes)),
          );
          await writer.flush();
          for (const { start, bytes } of pieces) bytes.copy(expected, start);
          expect(expected.equals(await writer.read(0, target.sizeBytes))).toBe(true);
          expect(writer.onDeviceBytes).toBe(writer.writtenBytes);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('takes many open places at once, more than it has memory for', async () => {
    await using device = await loopDevice({ sizeBytes: 64 * MiB, sectorSizeBytes });
    await using writer = await openWriter(targetOf(device), { direct });
    const bytes = randomBytes(70_001);
    const places = Array.from({ length: 40 }, (_, index) => index * 1.5 * MiB + index);
    await Promise.all(places.map((place) => writer.write(place, bytes)));
    await writer.flush();
    for (const place of places) {
      expect(bytes.equals(await writer.read(place, bytes.length))).toBe(true);
    }
  });
});

/** One call to a writer; `piece` is a MiB of page-aligned memory, as decoders hand over. */
type Operation =
  | { readonly kind: 'write' | 'writeZeros'; readonly start: number; readonly length: number }
  | { readonly kind: 'piece' | 'zero piece'; readonly index: number }
  | { readonly kind: 'flush' | 'read' };

const pieces = 6;
const operations: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('write' as const, 'writeZeros' as const),
      start: fc.integer({ min: 0, max: pieces * MiB - 1 }),
      length: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 2 * MiB })),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('piece' as const, 'zero piece' as const),
      index: fc.integer({ min: 0, max: pieces - 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('flush' as const, 'read' as const) }) },
);

it.each([512, 4096] as const)(
  'a writer leaves what was written last, whatever came before (%i-byte sectors)',
  async (sectorSizeBytes) => {
    const sizeBytes = pieces * MiB;
    await using device = await loopDevice({ sizeBytes, sectorSizeBytes });
    const target = targetOf(device);
    expect(target.writeZeroesMaxBytes).toBeGreaterThan(0);
    const memory = alignedBuffers(2, MiB);
    const [piece, zeroPiece] = memory as [Uint8Array, Uint8Array];
    await fc.assert(
      fc.asyncProperty(fc.array(operations, { minLength: 1, maxLength: 30 }), async (list) => {
        const expected = randomBytes(sizeBytes);
        {
          await using dirty = await openWriter(target);
          await dirty.write(0, expected);
          await dirty.flush();
        }
        await using writer = await openWriter(target);
        for (const operation of list) {
          switch (operation.kind) {
            case 'write':
            case 'writeZeros': {
              const { start } = operation;
              const length = Math.min(operation.length, sizeBytes - start);
              const bytes = operation.kind === 'write' ? randomBytes(length) : Buffer.alloc(length);
              if (operation.kind === 'write') await writer.write(start, bytes);
              else await writer.writeZeros(start, length);
              bytes.copy(expected, start);
              break;
            }
            case 'piece':
            case 'zero piece': {
              const bytes = operation.kind === 'piece' ? piece : zeroPiece;
              if (operation.kind === 'piece') bytes.set(randomBytes(MiB));
              await writer.write(operation.index * MiB, bytes);
              expected.set(bytes, operation.index * MiB);
              break;
            }
            case 'flush':
              await writer.flush();
              break;
            case 'read':
              expect(expected.equals(await writer.read(0, sizeBytes))).toBe(true);
          }
        }
        await writer.flush();
        expect(expected.equals(readFileSync(device.backingFile))).toBe(true);
      }),
      {
        numRuns: 60,
        examples: [
          [
            [
              { kind: 'zero piece', index: 1 },
              { kind: 'piece', index: 1 },
            ],
          ],
        ],
      },
    );
  },
);

describe('a writer', () => {
  it('counts as on the device only what has left for it', async () => {
    await using device = await loopDevice({ sizeBytes: 4 * MiB });
    await using writer = await openWriter(targetOf(device));
    await writer.write(0, new Uint8Array(1000));
    expect([writer.writtenBytes, writer.onDeviceBytes]).toEqual([1000, 0]);
    await writer.flush();
    expect(writer.onDeviceBytes).toBe(1000);
  });

  it('writes zeros over old data, aligned or not', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB });
    await using writer = await openWriter(targetOf(device));
    const old = randomBytes(8 * MiB);
    await writer.write(0, old);
    await writer.writeZeros(MiB, 2 * MiB);
    await writer.writeZeros(5 * MiB + 7, 600);
    await writer.flush();
    old.fill(0, MiB, 3 * MiB).fill(0, 5 * MiB + 7, 5 * MiB + 607);
    expect(old.equals(await writer.read(0, old.length))).toBe(true);
  });

  it('takes whole pieces where they are, zeros among them, and replaces all that was there', async () => {
    const pieces = 24;
    await using device = await loopDevice({ sizeBytes: pieces * MiB });
    await using writer = await openWriter(targetOf(device));
    await writer.write(0, randomBytes(pieces * MiB));
    const expected = Buffer.alloc(pieces * MiB);
    const memory = alignedBuffers(pieces, MiB);
    const isData = (index: number) => index % 8 < 2;
    await Promise.all(
      memory.map((piece, index) => {
        if (isData(index)) piece.set(randomBytes(MiB));
        expected.set(piece, index * MiB);
        return writer.write(index * MiB, piece);
      }),
    );
    const late = randomBytes(1000);
    await writer.write(5 * MiB - 500, late);
    late.copy(expected, 5 * MiB - 500);
    await writer.flush();
    expect(writer.onDeviceBytes).toBe(writer.writtenBytes);
    expect(expected.equals(readFileSync(device.backingFile))).toBe(true);
  });

  it('keeps the memory of its callers apart from its own', async () => {
    const whole = 20;
    const sizeBytes = 2 * whole * MiB;
    await using device = await loopDevice({ sizeBytes });
    await using writer = await openPlainWriter(targetOf(device));
    const expected = randomBytes(sizeBytes);
    const others = Buffer.alloc(MiB, 0xdd);
    // Whole aligned pieces go out from where they are; then there is as much to gather.
    const memory = alignedBuffers(2, MiB);
    for (let index = 0; index < whole; index += 1) {
      const piece = memory[index % 2] as Uint8Array;
      piece.set(expected.subarray(index * MiB, (index + 1) * MiB));
      await writer.write(index * MiB, piece);
      piece.fill(0xee);
    }
    const partBytes = 700_001;
    for (let at = whole * MiB; at < sizeBytes; at += partBytes) {
      for (const piece of memory) piece.set(others);
      await writer.write(at, expected.subarray(at, at + partBytes));
      for (const piece of memory) expect(others.equals(piece)).toBe(true);
    }
    await writer.flush();
    expect(expected.equals(readFileSync(device.backingFile))).toBe(true);
  });

  it('refuses bytes past the end of the device, and says how large it is', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    await using writer = await openWriter(targetOf(device));
    await expect(writer.write(MiB - 1, new Uint8Array(2))).rejects.toThrow(
      `Cannot write to ${device.path}: byte 1048576 is past the end of the disk (1048576 bytes)`,
    );
  });

  // The next two wait until those who pass must have gone.
  it.concurrent('is the only one: a second writer is refused', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const target = targetOf(device);
    await using _first = await openWriter(target);
    await expect(openWriter(target)).rejects.toThrow(TargetError);
  });

  it.concurrent('names the process that has claimed the device', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const target = targetOf(device);
    const other = spawn(process.execPath, [
      '-e',
      `const fs = require('fs'); fs.openSync('${device.path}', fs.constants.O_RDWR | fs.constants.O_EXCL);
       console.log('open'); setInterval(() => {}, 1000);`,
    ]);
    try {
      await once(other.stdout, 'data');
      await expect(openWriter(target)).rejects.toThrow(`(process ${other.pid})`);
      expect(() => targetOf(device)).toThrow(
        `(process ${other.pid}) has ${device.path} open for writing`,
      );
    } finally {
      other.kill('SIGKILL');
      await once(other, 'close');
    }
  });

  it('does not write to another device that has taken the place of the one checked', async () => {
    await using device = await loopDevice({ sizeBytes: MiB });
    const target = targetOf(device);
    const earlier: Target = { ...target, diskseq: (target.diskseq ?? 0) - 1 };
    await expect(openWriter(earlier)).rejects.toThrow('another device has taken its place');
  });
});

describe('a failing device', () => {
  it('is reported with its place, at once and for ever after', async () => {
    await using small = await limitedTmpfs(4 * MiB);
    await using device = await loopDevice({
      sizeBytes: 32 * MiB,
      backingFile: await small.sparseFile(32 * MiB),
    });
    await using writer = await openWriter(targetOf(device));
    const write = async () => {
      for (let at = 0; at < 32 * MiB; at += MiB) await writer.write(at, randomBytes(MiB));
      await writer.flush();
    };
    await expect(write()).rejects.toThrow(
      /writing \d+ bytes at byte \d+ failed, .*\((EIO|ENOSPC)\)/,
    );
    await expect(writer.write(0, new Uint8Array(1))).rejects.toThrow(WriteError);
    await expect(writer.flush()).rejects.toThrow(WriteError);
  });
});
