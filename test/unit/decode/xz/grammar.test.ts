import { describe, expect, it } from 'vitest';
import { XzWalker } from '../../../../src/decode/xz/grammar.ts';
import { RecordList } from '../../../../src/decode/xz/index-records.ts';
import type { XzVisitor } from '../../../../src/decode/xz/xz-visitor.ts';
import { inChunks, mixture, xz } from './helpers.ts';

/** What a walk through the file meets, blocks with the output that their chunks announce. */
async function walk(file: Uint8Array, chunkLength: number) {
  const met: unknown[] = [];
  let output = 0;
  let largest = 0;
  const visitor: XzVisitor = {
    streamStart: ({ checkId }) => met.push({ checkId }),
    blockStart: ({ uncompressedSizeBytes }) => {
      output = 0;
      met.push({ declared: uncompressedSizeBytes });
    },
    chunkStart: (outputBytes) => {
      output += outputBytes;
      largest = Math.max(largest, outputBytes);
    },
    blockBytes: () => {},
    blockEnd: (record) => met.push({ output, record: record.uncompressedSizeBytes }),
    streamEnd: () => met.push('end'),
  };
  const walker = new XzWalker(visitor);
  for await (const bytes of inChunks(file, chunkLength)) walker.push(bytes);
  walker.end();
  return { met, largest };
}

describe('XzWalker', () => {
  const image = mixture(300_000);

  for (const chunkLength of [1, 7, 65536])
    it(`knows each block's size before it is decoded, ${chunkLength} bytes at a time`, async () => {
      const file = xz(image, '-0', '--check=crc32', '-T1', '--block-size=200000');
      const { met } = await walk(file, chunkLength);
      expect(met).toEqual([
        { checkId: 1 },
        { declared: undefined },
        { output: 200_000, record: 200_000 },
        { declared: undefined },
        { output: 100_000, record: 100_000 },
        'end',
      ]);
    });

  it('sees the sizes that threaded xz writes', async () => {
    const { met } = await walk(xz(image, '-0', '-T2', '--block-size=200000'), 4096);
    expect(met).toContainEqual({ declared: 200_000 });
    expect(met).toContainEqual({ declared: 100_000 });
  });

  it('sees through compressed zeros: no chunk decodes to more than 2 MiB', async () => {
    const { met, largest } = await walk(xz(Buffer.alloc(20_000_000), '-0'), 4096);
    expect(met).toContainEqual({ output: 20_000_000, record: 20_000_000 });
    expect(largest).toBeLessThanOrEqual(2 * 1024 * 1024);
  });
});

describe('RecordList', () => {
  it('differs when any record differs, however long the list is', () => {
    const digestWith = (odd: number) => {
      const list = new RecordList();
      for (let at = 0; at < 3000; at++)
        list.add({ unpaddedSizeBytes: at === odd ? 1001 : 1000, uncompressedSizeBytes: 5000 });
      return list.digest();
    };
    const places = [-1, ...Array.from({ length: 100 }, (_, index) => 1000 + index), 2999];
    expect(new Set(places.map(digestWith)).size).toBe(places.length);
  });
});
