import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { compress, makeDiskImage } from '../support/disk-image.ts';
import { ignitionConfig } from '../support/fixture.ts';
import { installHere, type Outcome } from '../support/install-here.ts';
import { bootFileSystem, hasAnyTable, unexpectedDifferences } from '../support/installed-disk.ts';
import { runInstaller } from '../support/installer.ts';
import { type LoopDevice, loopDevice } from '../support/loop-device.ts';
import type { Random } from '../support/random.ts';
import { putOlderSystem, type SavedData, savedDiskBytes } from '../support/saved-disk.ts';
import { savedState, wholeDisk } from '../support/saved-oracle.ts';
import { type Fault, type ServedFile, startServer } from '../support/servers.ts';
import { diskSizeBytes, smallImage } from '../support/small-fixture.ts';
import { randomFault } from './random-fault.ts';
import { rounds } from './rounds.ts';

const mib = 1024 * 1024;
/** One round in so many is the packaged program's. */
const packagedEvery = 10;

interface Version {
  readonly rawPath: string;
  readonly bytes: Buffer;
}

interface Format {
  readonly name: string;
  readonly older: Version;
  readonly newer: Version;
  /** Whether its own checks find every changed bit. */
  readonly checked: boolean;
}

test.each([
  { what: 'the disk is exact', saves: false },
  { what: 'it is exact and partitions are saved', saves: true },
])(
  'whatever the server does, $what, or the error is clear and nothing boots',
  async ({ saves }) => {
    process.env['TMPDIR'] = '/dev/shm';
    const formats = await makeFormats();
    const certificates = await makeCertificates();
    const sizeBytes = saves ? savedDiskBytes : diskSizeBytes;
    await using disk = await loopDevice({ sizeBytes });
    const older = await makeDiskImage({ layout: 'today', ...smallImage });
    const saved = saves ? await putOlderSystem(disk.path, older) : [];
    await rounds('faults', 12, async (random, seed) => {
      const format = random.pick(formats);
      const packaged = seed % packagedEvery === 0;
      return await round({ random, format, packaged, certificates, disk, saved, sizeBytes });
    });
  },
);

interface Round {
  readonly random: Random;
  readonly format: Format;
  readonly packaged: boolean;
  readonly certificates: Certificates;
  readonly disk: LoopDevice;
  readonly sizeBytes: number;
  readonly saved: readonly SavedData[];
}

async function round({
  random,
  format,
  packaged,
  certificates,
  disk,
  ...it
}: Round): Promise<string> {
  const { saved, sizeBytes } = it;
  const { older, newer } = format;
  const image = served(random, older.bytes);
  const config = served(random, Buffer.from(ignitionConfig));
  /** Requests after these go right; some servers never get well. */
  const illFor = random.chance(0.2) ? Number.POSITIVE_INFINITY : random.between(1, 8);
  const kinds = new Set<string>();
  const tls = random.chance(0.15)
    ? random.pick(['good', 'expired', 'otherName'] as const)
    : undefined;
  // What a format without checks cannot know, only a digest can.
  const hashed = !format.checked || random.chance(0.3);
  await using server = await startServer({
    files: { '/image': image, '/config.ign': config },
    ...(tls === undefined ? {} : { tls: certificates[tls] }),
    fault: (index, { url }): Fault | undefined => {
      if (index >= illFor || random.chance(0.3)) return undefined;
      const ofImage = url !== '/config.ign';
      const { kind, fault } = randomFault(
        random,
        ofImage
          ? { path: '/image', file: image, newer: newer.bytes }
          : { path: '/config.ign', file: config, newer: Buffer.from(`${ignitionConfig}\n`) },
      );
      // A changed letter of the config is for its digest alone to find.
      if (!ofImage && !hashed && kind === 'damaged file') return undefined;
      // The packaged program waits half a minute for a server that has fallen silent.
      if (packaged && (fault.silent || fault.stallAfterBytes !== undefined)) return undefined;
      kinds.add(kind);
      return fault;
    },
  });
  const options = {
    device: disk.path,
    imageUrl: `${server.url}/image`,
    ignitionUrl: `${server.url}/config.ign`,
    ...(saved.length > 0 ? { savePartlabel: 'data,lo*' } : {}),
    ...(hashed ? { imageHash: digestOf(older.bytes), ignitionHash: digestOf(config.bytes) } : {}),
  };
  const before = await endsOf(disk.path, sizeBytes);
  const outcome = packaged
    ? await installPackaged(options)
    : await installHere(options, { ...hasty, extraCaPems: [certificates.authority] });
  const told = `${outcome.message} [${format.name}, ${[...kinds].join(', ')}]`;
  const left = saved.length === 0 ? undefined : await savedState(await wholeDisk(disk.path), saved);
  if (outcome.exitCode === 0) {
    const versions = hashed ? [older] : [older, newer];
    const differences = await Promise.all(
      versions.map(({ rawPath }) => unexpectedDifferences(rawPath, disk.path, { saved })),
    );
    expect(differences, told).toContainEqual([]);
    const boot = await bootFileSystem(disk.path);
    const written = (await boot.read('ignition/config.ign')).toString();
    expect(written.trimEnd(), told).toBe(ignitionConfig.trimEnd());
    return `${packaged ? 'packaged' : 'here'}: installed`;
  }
  expect(outcome.exitCode, told).toBe(4);
  expect(outcome.message, told).toMatch(/^Cannot .+: .+\. .+[.?]$/);
  if (outcome.state === 'untouched')
    expect((await endsOf(disk.path, sizeBytes)).equals(before), told).toBe(true);
  else if (left) {
    expect(outcome.state, told).toBe('saved-only');
    expect(left, told).toEqual({ table: 'saved only', bootCode: false });
  } else {
    expect(outcome.state, told).toBe('no-table');
    expect(await hasAnyTable(disk.path), told).toBe(false);
  }
  return `${packaged ? 'packaged' : 'here'}: ${outcome.state}`;
}

const hasty = {
  retryForMs: 1_000,
  connectTimeoutMs: 1_000,
  stallTimeoutMs: 200,
  backoff: () => 5,
};

function served(random: Random, bytes: Uint8Array): ServedFile {
  return random.pick([
    { bytes },
    { bytes, etag: '"older"' },
    { bytes, etag: 'W/"older"' },
    { bytes, lastModified: new Date('2020-02-02T02:02:02Z') },
  ]);
}

const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function endsOf(path: string, sizeBytes: number): Promise<Buffer> {
  await using disk = await open(path);
  const ends = Buffer.alloc(2 * mib);
  await disk.read(ends, 0, mib, 0);
  await disk.read(ends, mib, mib, sizeBytes - mib);
  return ends;
}

async function installPackaged(options: Record<string, string>): Promise<Outcome> {
  const flags = Object.entries(options).flatMap(([name, value]) => [
    `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    value,
  ]);
  const { exitCode, stderr, diskState } = await runInstaller({
    args: ['--retry-for', '1s', ...flags],
  });
  const message = /^Cannot .*$/m.exec(stderr)?.[0] ?? stderr;
  const written = diskState.includes('only its saved') ? 'saved-only' : 'no-table';
  const state = diskState.startsWith('Nothing was written') ? 'untouched' : written;
  return { exitCode: exitCode ?? -1, state, message };
}

async function makeFormats(): Promise<Format[]> {
  const olderPath = await makeDiskImage({ layout: '2019', ...smallImage });
  const newerPath = await makeDiskImage({ layout: '2019', ...smallImage, fillBytes: 300_000 });
  const version = async (rawPath: string, path: string) => ({
    rawPath,
    bytes: await readFile(path),
  });
  const made = async (name: 'xz' | 'gzip' | 'zstd', args: readonly string[]) => ({
    name: [name, ...args].join(' '),
    older: await version(olderPath, await compress(olderPath, name, args)),
    newer: await version(newerPath, await compress(newerPath, name, args)),
    checked: !args.includes('--no-check'),
  });
  return [
    await made('xz', ['-T2', `--block-size=${mib}`, '-1']),
    await made('xz', ['-T1', '-0']),
    await made('gzip', ['-1']),
    await made('zstd', ['-1']),
    await made('zstd', ['-1', '--no-check']),
    {
      name: 'raw',
      older: await version(olderPath, olderPath),
      newer: await version(newerPath, newerPath),
      checked: false,
    },
  ];
}
