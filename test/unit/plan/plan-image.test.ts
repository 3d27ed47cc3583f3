import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { indexAndFooter } from '../../../src/decode/xz/index-records.ts';
import { openSource } from '../../../src/fetch/open-source.ts';
import { planImage } from '../../../src/plan/plan-image.ts';
import { buildGptHead } from '../../support/gpt-builder.ts';
import { hasty, never } from '../../support/read.ts';
import { type Fault, startServer } from '../../support/servers.ts';
import { mixture, xz } from '../decode/xz/helpers.ts';

const mib = 1024 * 1024;
const options = { memoryLimitBytes: 64 * mib, signal: never };
const iso = Buffer.alloc(64 * mib);
iso.write('CD001', 32_769);
const isoOfNoise = randomBytes(32 * mib);
isoOfNoise.write('CD001', 32_769);

test.each<[string, Uint8Array]>([
  ['that is an ISO', iso],
  ['that is a compressed ISO', Buffer.concat([gzipSync(iso, { level: 0 }), Buffer.alloc(8)])],
  ['in zstd that is an ISO', zstdCompressSync(isoOfNoise)],
  ['without a partition table', Buffer.alloc(64 * mib, 1)],
])('an image %s is refused, and its connection closed', async (_, bytes) => {
  await using server = await startServer({ files: { '/image': bytes } });
  const source = openSource(`${server.url}/image`, hasty);
  await expect(planImage(source, options)).rejects.toThrow('Cannot install');
  await server.requests[0]?.closed;
  expect(server.requests[0]?.sentBytes).toBeLessThan(bytes.length);
});

const partition = { number: 1, firstLba: 2048, lastLba: 6143, name: 'boot' };
const raw = mixture(20 * mib);
raw.set(buildGptHead({ sectorSizeBytes: 512, diskSectors: 40_960, partitions: [partition] }));
const packed = xz(raw, '-0', `--block-size=${mib}`);

/** What is planned with an image that a server has, or what is said against it. */
async function plan(bytes: Uint8Array, fault: Fault = {}) {
  await using server = await startServer({ files: { '/image': bytes }, fault: () => fault });
  return await planImage(openSource(`${server.url}/image`, hasty), options);
}

test.each<[number, number]>([
  [64, 64 * 512],
  [2047, 2047 * 512],
  [2048, mib],
  [2049, mib],
])(
  'of the beginning only what is before the first partition, at sector %i, is held back: %i bytes',
  async (firstLba, heldBytes) => {
    const later = { number: 1, firstLba: 6144, lastLba: 8191, name: 'root' };
    const first = { number: 2, firstLba, lastLba: 6143, name: 'boot' };
    const early = Buffer.from(raw);
    const shape = { sectorSizeBytes: 512 as const, diskSectors: 40_960 };
    early.set(buildGptHead({ ...shape, partitions: [later, first] }));
    expect(await plan(early)).toMatchObject({ headSizeBytes: heldBytes });
  },
);

/** One block that says its size, as xz makes of small images; it ends with more than the table needs. */
const single = xz(Buffer.concat([raw, Buffer.alloc(4 * mib)]), '-0', '-T2', '--block-size=64MiB');

/** An index that is sound in itself. */
function withIndex(sizes: readonly number[], blocks = packed.subarray(0, -40)): Buffer {
  const [size = 0, ...others] = sizes;
  const record = { unpaddedSizeBytes: blocks.length - 12, uncompressedSizeBytes: size };
  const more = others.map((uncompressedSizeBytes) => ({ ...record, uncompressedSizeBytes }));
  const padded = Buffer.concat([blocks, Buffer.alloc(-blocks.length & 3)]);
  return Buffer.concat([padded, indexAndFooter([record, ...more], 4)]);
}

const short = `but its partition table describes ${raw.length}`;
const incomplete = (bytes: Uint8Array) =>
  `the file ends after ${bytes.length} bytes, before its xz data is complete`;
const twoThirds = packed.subarray(0, Math.floor((packed.length * 2) / 3));

test.each<[string, Uint8Array, string]>([
  [
    'a raw image that is too short',
    raw.subarray(0, 3 * mib),
    `ends after ${3 * mib} bytes, ${short}`,
  ],
  ['a raw image without its last byte', raw.subarray(0, -1), short],
  ['a raw image of less than 1 MiB', raw.subarray(0, 700_000), `ends after 700000 bytes, ${short}`],
  ['the same in gzip', gzipSync(raw.subarray(0, 700_000)), `ends after 700000 bytes, ${short}`],
  [
    'an xz file of a short image',
    xz(raw.subarray(0, 2 * mib)),
    `ends after ${2 * mib} bytes, ${short}`,
  ],
  ['an xz file whose index names another size', withIndex([3 * mib]), `${3 * mib} bytes, ${short}`],
  ['an xz file that is cut', twoThirds, incomplete(twoThirds)],
  ['an xz file without its last byte', packed.subarray(0, -1), incomplete(packed.subarray(0, -1))],
  [
    'an xz file with text behind it',
    Buffer.concat([packed, Buffer.from('\n')]),
    'other data follows',
  ],
  [
    'an xz file whose index contradicts',
    withIndex([20 * mib, 20 * mib]),
    'index contradicts the blocks',
  ],
  [
    'an xz file whose index names less than its first block',
    withIndex([raw.length], single.subarray(0, -28)),
    'index contradicts the blocks',
  ],
])('%s is refused from a server and as a file', async (_, bytes, words) => {
  await expect(plan(bytes)).rejects.toThrow(words);
  const directory = mkdtempSync(join(tmpdir(), 'plan-image-'));
  try {
    const path = join(directory, 'image');
    writeFileSync(path, bytes);
    await expect(planImage(openSource(path, hasty), options)).rejects.toThrow(words);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the image’s backup table is at the end of what its own table describes', async () => {
  const { backupTable } = await plan(raw);
  expect(backupTable.offsetBytes + backupTable.sizeBytes).toBe(40_960 * 512);
  expect(backupTable.sizeBytes).toBe(33 * 512);
  const longer = await plan(Buffer.concat([raw, Buffer.alloc(4096)]));
  expect(longer.backupTable).toEqual(backupTable);
});

test('an image whose partitions hold no Linux file system is refused before it is read', async () => {
  const efi = '28732ac11ff8d211ba4b00a0c93ec93b';
  const biosBoot = '4861682149646f6e744e656564454649';
  const only = (...types: string[]) => {
    const bytes = Buffer.from(raw);
    const partitions = types.map((type, index) => {
      const firstLba = 2048 * (index + 1);
      return { number: index + 1, firstLba, lastLba: firstLba + 2047, name: 'boot', type };
    });
    bytes.set(buildGptHead({ sectorSizeBytes: 512, diskSectors: 40_960, partitions }));
    return plan(bytes);
  };
  await expect(only(efi, biosBoot)).rejects.toThrow('none of its partitions can hold');
  expect((await only(efi, 'ab'.repeat(16), biosBoot)).gpt.partitions).toHaveLength(3);
});

test('a size that can be known is known', async () => {
  expect(await plan(raw)).toMatchObject({ sizeBytes: raw.length });
  expect(await plan(packed)).toMatchObject({ sizeBytes: raw.length });
  expect(await plan(single)).toMatchObject({ sizeBytes: 24 * mib, leastSizeBytes: 24 * mib });
  expect(await plan(gzipSync(raw))).toMatchObject({ sizeBytes: undefined });
});

test.each<[string, Uint8Array, Fault]>([
  ['has no ranges', twoThirds, { noRanges: true }],
  ['tells no size', twoThirds, { contentLength: 'none' }],
  ['sends a body in pieces', raw.subarray(0, 3 * mib), { chunked: true }],
])('where a server %s, nothing is known before', async (_, bytes, fault) => {
  expect(await plan(bytes, fault)).toMatchObject({ sizeBytes: undefined });
});

test('an end that is another file’s says nothing', async () => {
  const file = { bytes: Buffer.concat([twoThirds, Buffer.alloc(100)]) };
  await using server = await startServer({
    files: { '/image': packed },
    fault: (_, { headers }) => (headers.range === undefined ? undefined : { file }),
  });
  const source = openSource(`${server.url}/image`, hasty);
  expect(await planImage(source, options)).toMatchObject({ sizeBytes: undefined });
});
