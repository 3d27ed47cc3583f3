import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decoderFor } from '../../../src/decode/decoders.ts';
import { detectFormat } from '../../../src/decode/format.ts';
import { parseFrameHeader } from '../../../src/decode/zstd-frames.ts';
import { PartialFile } from '../../../src/download/partial-file.ts';
import { addAsset } from '../../../src/provision/wanted/add-asset.ts';
import { findRecords } from '../../../src/provision/wanted/assets.ts';
import { packerArguments, packings } from '../../../src/provision/wanted/packing.ts';
import { repack } from '../../../src/provision/wanted/repack.ts';
import { filter } from '../../../src/system/run-command.ts';
import { requireTools } from '../../../src/system/tools.ts';
import { failure } from '../../support/failure.ts';
import { FleetDirectory } from '../../support/fleet-directory.ts';
import { limitedTmpfs } from '../../support/limited-tmpfs.ts';
import { lacksRoot } from '../../support/needs.ts';
import { builder, type Publisher } from '../../support/openpgp.ts';
import { afterMocks } from '../../support/own-modules.ts';
import { digest, hasty, never, noise } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

vi.hoisted(() => vi.resetModules());
afterMocks(() => vi.doUnmock(import('../../../src/system/run-command.ts')));
vi.mock(import('../../../src/system/run-command.ts'), async (original) => {
  const real = await original();
  return { ...real, filter: vi.fn(real.filter) };
});
vi.mock(import('../../../src/system/tools.ts'), async (original) => {
  const real = await original();
  return { ...real, requireTools: vi.fn(real.requireTools) };
});

const mib = 1024 * 1024;
const files = mkdtempSync(join(tmpdir(), 'repack-'));
const keyringPath = join(files, 'keyring');
/** Data, zeros, and data again, of three blocks of 16 MiB; the last is no whole sector. */
const image = Buffer.concat([noise(mib + 77), Buffer.alloc(32 * mib), noise(12_345)]);
let them: Publisher;
let xz: Buffer;

beforeAll(async () => {
  them = await builder(keyringPath);
  const packed = await execa('xz', ['-0', '--stdout'], { input: image, encoding: 'buffer' });
  xz = Buffer.from(packed.stdout);
});
afterAll(async () => {
  await them[Symbol.asyncDispose]();
  rmSync(files, { recursive: true });
});

/** A file and its signature. */
async function signed(name: string, content: Uint8Array, signedContent = content) {
  const path = join(mkdtempSync(join(files, 'd-')), name);
  writeFileSync(path, content);
  writeFileSync(`${path}.sig`, await them.sign(signedContent, 'builder'));
  return path;
}

const options = (packing: (typeof packings)[number] = 'zstd') => ({
  packing,
  insecure: false,
  keyring: { value: keyringPath, origin: { kind: 'option', name: '--keyring' } } as const,
  source: hasty,
  signal: never,
  onProgress: () => undefined,
});

/** What `repack` is given of a file that was verified. */
const workOf = (content: Uint8Array) => ({
  packing: 'zstd' as const,
  sha256: digest(content),
  sizeBytes: content.length,
  signal: never,
  onProgress: () => undefined,
});

/** What the installer makes of a file. */
async function installed(bytes: Buffer): Promise<Buffer> {
  const whole = Buffer.alloc(image.length + mib);
  const { sizeBytes } = await decoderFor(detectFormat(bytes, 'x'))(
    (async function* () {
      yield bytes;
    })(),
    async (offsetBytes, decoded) => {
      whole.set(decoded, offsetBytes);
    },
    { jobs: 2, memoryLimitBytes: 80 * mib, signal: never, name: 'x' },
  );
  return whole.subarray(0, sizeBytes);
}

async function blocksOf(path: string): Promise<number> {
  const { stdout } = await execa('xz', ['--robot', '--list', path]);
  return Number(/^file\t1\t(\d+)\t/m.exec(stdout)?.[1]);
}

const inAssets = (directory: string) => readdirSync(join(directory, 'assets'));
const incoming = (directory: string) => readdirSync(join(directory, 'assets/.incoming'));

test.each([
  ['xz', 'metal.raw.xz', () => xz, 'metal.raw.xz'],
  ['zstd', 'metal.raw.xz', () => xz, 'metal.raw.zst'],
  ['zstd', 'metal.raw.gz', () => gzipSync(image, { level: 1 }), 'metal.raw.zst'],
  ['xz', 'metal.raw.zst', () => zstdCompressSync(image), 'metal.raw.xz'],
  ['xz', 'metal.raw', () => image, 'metal.raw.xz'],
  // Its bytes count, as for the installer.
  ['zstd', 'metal', () => xz, 'metal.zst'],
] as const)(
  'as %s, of %s: the same image, by its own digest',
  async (packing, name, content, fileName) => {
    using fleet = new FleetDirectory();
    const published = content();
    const path = await signed(name, published);
    const added = await addAsset(fleet.path, path, options(packing));
    const { sha256, sizeBytes } = added.asset;
    const packedFrom = { sha256: digest(published), fileName: name, sizeBytes: published.length };
    expect(added).toMatchObject({
      asset: { fileName },
      role: 'image',
      wasThere: false,
      packedFrom,
      warnings: [],
    });
    const directory = join(fleet.path, `assets/sha256-${sha256}`);
    // The publisher's signature is not of these bytes, and an installer would look for it.
    expect(readdirSync(directory)).toEqual([fileName]);
    const bytes = readFileSync(join(directory, fileName));
    expect([digest(bytes), bytes.length]).toEqual([sha256, sizeBytes]);
    const got = await installed(bytes);
    expect([got.length, digest(got)]).toEqual([image.length, digest(image)]);
    if (packing === 'zstd')
      expect(parseFrameHeader(bytes)).toMatchObject({
        contentBytes: image.length,
        windowBytes: 8 * mib,
        hasChecksum: true,
      });
    else expect(await blocksOf(join(directory, fileName))).toBe(3);
    expect(incoming(fleet.path)).toEqual([]);
    expect([...(await findRecords(fleet.path)).values()]).toEqual([
      {
        ...added.asset,
        packedFrom,
        signedBy: [expect.stringMatching(/^builder <builder@example\.org>, [0-9A-F]{40}$/)],
      },
    ]);
  },
);

test('no more threads than memory allows', () => {
  vi.spyOn(process, 'availableMemory').mockReturnValue(0);
  for (const packing of packings) expect(packerArguments(packing, 1)).toContain('--threads=1');
  vi.restoreAllMocks();
});

test('what the publisher has not signed is not unpacked', async () => {
  using fleet = new FleetDirectory();
  vi.mocked(filter).mockClear();
  // Not even to be found damaged.
  const path = await signed('metal.raw.xz', xz.subarray(0, -100), xz);
  await expect(addAsset(fleet.path, path, options())).rejects.toThrow(
    failure('signature-mismatch'),
  );
  rmSync(`${path}.sig`);
  await expect(addAsset(fleet.path, path, options())).rejects.toThrow(failure('signature-missing'));
  expect(filter).not.toHaveBeenCalled();
  expect(inAssets(fleet.path)).toEqual(['.incoming']);
  expect(incoming(fleet.path)).toEqual([]);
});

test.each([
  ['image-truncated', 'metal.raw.xz', () => xz.subarray(0, -100)],
  ['image-damaged', 'metal.raw.xz', () => Buffer.from(xz).fill(0, 900_000, 900_100)],
  ['image-is-web-page', 'metal.raw.gz', () => gzipSync('<!doctype html>')],
  ['image-empty', 'metal.raw.gz', () => gzipSync('')],
  ['image-compressed-twice', 'metal.raw.xz.gz', () => gzipSync(xz, { level: 1 })],
])('%s: it does not get in', async (code, name, content) => {
  using fleet = new FleetDirectory();
  const path = await signed(name, content());
  await expect(addAsset(fleet.path, path, options())).rejects.toMatchObject({
    failure: { code, failed: expect.stringContaining(name) },
  });
  expect(inAssets(fleet.path)).toEqual(['.incoming']);
  expect(incoming(fleet.path)).toEqual([]);
});

test('a file that changes after it was verified is not packed', async () => {
  const path = await signed('metal.raw.xz', xz);
  await expect(repack(path, workOf(image))).rejects.toThrow(failure('file-changed'));
});

test.each([
  ['other bytes', () => zstdCompressSync(Buffer.from(image).fill(1, 20 * mib, 20 * mib + 1))],
  ['fewer bytes', () => zstdCompressSync(image.subarray(0, -1))],
  ['a part', () => zstdCompressSync(image).subarray(0, -10)],
  ['no zstd', () => Buffer.from('nothing')],
])('a program that packs %s: its result does not get in', async (_, output) => {
  using fleet = new FleetDirectory();
  vi.mocked(filter).mockImplementationOnce(async function* () {
    yield output();
  });
  const path = await signed('metal.raw.xz', xz);
  await expect(addAsset(fleet.path, path, options())).rejects.toThrow(failure('tool-failed'));
  expect(inAssets(fleet.path)).toEqual(['.incoming']);
});

test('interrupted, it leaves only the download, with which the next run goes on', async () => {
  using fleet = new FleetDirectory();
  const served = { '/metal.raw.xz': xz, '/metal.raw.xz.sig': await them.sign(xz, 'builder') };
  await using server = await startServer({ files: served });
  const url = `${server.url}/metal.raw.xz`;
  const stop = new AbortController();
  const interrupted = addAsset(fleet.path, url, {
    ...options(),
    signal: stop.signal,
    onProgress({ receivedBytes }) {
      if (receivedBytes > 20 * mib) stop.abort(new Error('stopped by the user'));
    },
  });
  await expect(interrupted).rejects.toThrow('stopped by the user');
  expect(inAssets(fleet.path)).toEqual(['.incoming']);
  expect(incoming(fleet.path)).toEqual(['metal.raw.xz', 'metal.raw.xz.sig']);
  const fetched = server.requests.filter(({ path }) => path === '/metal.raw.xz').length;
  expect((await addAsset(fleet.path, url, options())).wasThere).toBe(false);
  expect(server.requests.filter(({ path }) => path === '/metal.raw.xz').length).toBe(fetched);
  expect((await addAsset(fleet.path, url, options())).wasThere).toBe(true);
  expect(incoming(fleet.path)).toEqual([]);
});

test('while it runs, the image has no name: it is gone when the process is', async () => {
  using fleet = new FleetDirectory();
  const path = await signed('metal.raw.xz', xz);
  const names = new Set<string>();
  const onProgress = () => {
    for (const name of incoming(fleet.path)) names.add(name);
  };
  await addAsset(fleet.path, path, { ...options(), onProgress });
  expect([...names].toSorted()).toEqual([
    '.metal.raw.xz.packed-again.partial',
    '.metal.raw.xz.partial',
    'metal.raw.xz',
    'metal.raw.xz.sig',
  ]);
});

test('what a run that was killed has packed is removed by the next, unless another one has it', async () => {
  using fleet = new FleetDirectory();
  const left = 'assets/.incoming/.old.raw.xz.packed-again.partial';
  fleet.put(left, 'a part');
  const directory = join(fleet.path, 'assets/.incoming');
  const add = async () => {
    const path = join(mkdtempSync(join(files, 'd-')), 'vmlinuz');
    writeFileSync(path, 'x');
    await addAsset(fleet.path, path, options());
  };
  {
    await using _ = await PartialFile.open(directory, 'old.raw.xz.packed-again');
    await add();
    expect(incoming(fleet.path)).toEqual([basename(left)]);
  }
  await add();
  expect(incoming(fleet.path)).toEqual([]);
});

describe.skipIf(lacksRoot())('without room for what is made of it,', () => {
  test('nothing is fetched', async () => {
    await using small = await limitedTmpfs(8 * mib);
    const served = noise(4 * mib);
    const signature = await them.sign(served, 'builder');
    const answers = { '/metal.raw.xz': served, '/metal.raw.xz.sig': signature };
    await using server = await startServer({ files: answers });
    const url = `${server.url}/metal.raw.xz`;
    await expect(addAsset(small.path, url, options())).rejects.toMatchObject({
      failure: { code: 'output-no-space', why: expect.stringMatching(/^it needs 10\.0 MiB, and/) },
    });
    expect(statSync(join(small.path, 'assets/.incoming/.metal.raw.xz.partial')).size).toBe(0);
    // It only needs room for itself.
    await expect(
      addAsset(small.path, url, { ...options(), packing: undefined }),
    ).resolves.toMatchObject({ wasThere: false });
  });

  test('what is there already is not unpacked', async () => {
    await using small = await limitedTmpfs(8 * mib);
    const path = join(small.path, 'metal.raw.xz');
    const content = noise(4 * mib);
    writeFileSync(path, content);
    await expect(repack(path, workOf(content))).rejects.toThrow(failure('output-no-space'));
    expect(readdirSync(small.path)).toEqual(['metal.raw.xz']);
  });

  test('what is unpacked is not packed', async () => {
    const content = gzipSync(noise(6 * mib).toString('base64'), { level: 1 });
    await using small = await limitedTmpfs(content.length + 10 * mib);
    const path = join(small.path, 'metal.raw.gz');
    writeFileSync(path, content);
    vi.mocked(filter).mockClear();
    await expect(repack(path, workOf(content))).rejects.toThrow(failure('output-no-space'));
    expect(filter).not.toHaveBeenCalled();
    expect(readdirSync(small.path)).toEqual(['metal.raw.gz']);
  });
});

test('without the program nothing is fetched', async () => {
  using fleet = new FleetDirectory();
  await using server = await startServer({ files: { '/metal.raw.xz': xz } });
  const { requireTools: real } = await vi.importActual<{ requireTools: typeof requireTools }>(
    '../../../src/system/tools.ts',
  );
  vi.mocked(requireTools).mockImplementationOnce((tools) => real(tools, ['/nowhere']));
  await expect(addAsset(fleet.path, `${server.url}/metal.raw.xz`, options())).rejects.toMatchObject(
    { failure: { code: 'tool-missing', next: 'Install the package zstd.' } },
  );
  expect(server.requests).toEqual([]);
});

test('a kernel stays as it is', async () => {
  using fleet = new FleetDirectory();
  const path = await signed('vmlinuz', noise(5000));
  expect(await addAsset(fleet.path, path, options())).toMatchObject({
    asset: { fileName: 'vmlinuz' },
    packedFrom: undefined,
  });
});

test.skipIf(lacksRoot())('on a full disk nothing but the download is left', async () => {
  await using small = await limitedTmpfs(8 * mib);
  const path = await signed('metal.raw.gz', gzipSync(Buffer.alloc(20 * mib, 1)));
  await expect(addAsset(small.path, path, options())).rejects.toThrow(failure('output-no-space'));
  expect(inAssets(small.path)).toEqual(['.incoming']);
  expect(incoming(small.path)).toEqual(['metal.raw.gz', 'metal.raw.gz.sig']);
});
