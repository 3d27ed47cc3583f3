import { readFile, writeFile } from 'node:fs/promises';
import { crc32, gzipSync, constants as zstd, zstdCompressSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { expectFailure, type Settled } from '../../support/failure.ts';
import { type Fixture, type FixtureOptions, fixture } from '../../support/fixture.ts';
import { hasAnyTable, unexpectedDifferences } from '../../support/installed-disk.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';
import { makeTable } from '../../support/partitions.ts';
import type { Fault } from '../../support/servers.ts';

const mib = 1024 * 1024;
const oldContent = Buffer.from('what was on the disk before');

/** Runs, and expects that failure, told with these words; the disk keeps what it held. */
async function expectUntouched(
  it: Fixture,
  args: readonly string[],
  code: Settled | readonly Settled[],
  words: readonly RegExp[] = [],
  run: Pick<InstallerRun, 'availableMemoryBytes'> = {},
) {
  await writeFile(it.disk.path, oldContent, { flag: 'r+' });
  const result = await runInstaller({ ...run, args: ['--retry-for', '1s', ...it.args, ...args] });
  expectFailure(result, ...[code].flat());
  for (const word of words) expect(result.stderr).toMatch(word);
  expect(result.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
  const disk = await readFile(it.disk.path);
  expect(disk.subarray(0, oldContent.length).equals(oldContent)).toBe(true);
}

/** Runs, and expects that failure, or one of those; the disk does not boot. */
async function expectNotBootable(it: Fixture, ...codes: readonly Settled[]) {
  const result = await runInstaller({ args: ['--retry-for', '1s', ...it.args] });
  expectFailure(result, ...codes);
  expect(result.diskState).toBe(
    `${it.disk.path} has no partition table and will not boot; run the same command again.`,
  );
  expect(await hasAnyTable(it.disk.path)).toBe(false);
}

const withFault = (path: string, fault: Fault, index?: number): FixtureOptions => {
  let count = 0;
  return {
    server: {
      fault: (_, { url }) => (url === path && (index ?? count) === count++ ? fault : undefined),
    },
  };
};
const always = (path: string, fault: Fault): FixtureOptions => ({
  server: { fault: (_, { url }) => (url === path ? fault : undefined) },
});

const withoutRanges = always('/image', { noRanges: true });

/** What a plain fixture serves as `/image`. */
async function servedImage(): Promise<Buffer> {
  await using plain = await fixture();
  return await readFile(plain.servedPath);
}

/** Depends on whether this machine has a name server. */
const lookUp = ['name-unknown', 'name-server-silent'] as const;

const html = Buffer.from('<!DOCTYPE html>\n<html><title>Login</title></html>\n');
const iso = Buffer.alloc(2 * mib);
iso.write('CD001', 32_769);

describe.concurrent('an image is refused before the disk is touched when', () => {
  test('its host cannot be resolved or refuses', async () => {
    await using it = await fixture();
    await expectUntouched(it, ['-b', 'http://no-such-host.invalid/x'], lookUp);
    await expectUntouched(it, ['-b', 'http://127.0.0.1:1/x'], 'connection-refused');
  });

  test.each([
    [404, 'image-not-found'],
    [410, 'image-not-found'],
    [403, 'http-forbidden'],
    [401, 'http-login-required'],
    [400, 'http-bad-request'],
    [429, 'http-try-later'],
    [500, 'http-server-error'],
    [418, 'http-unexpected-status'],
  ] as const)('the server answers %i', async (status, code) => {
    await using it = await fixture(always('/image', { status }));
    await expectUntouched(it, [], code);
  });

  test.each([
    ['an HTML page', html, 'image-is-web-page'],
    ['empty', Buffer.alloc(0), 'image-empty'],
    ['an ISO', iso, 'image-is-iso'],
    ['a compressed ISO', gzipSync(iso), 'image-is-iso'],
    ['without a partition table', Buffer.alloc(2 * mib, 1), 'image-partition-table-missing'],
    ['compressed twice', gzipSync(gzipSync(Buffer.alloc(2 * mib))), 'image-compressed-twice'],
    ['a zip archive', Buffer.from('PK\x03\x04 and so on'), 'image-format-unsupported'],
  ] as const)('it is %s', async (_, bytes, code) => {
    await using it = await fixture({ files: { '/image': bytes } });
    await expectUntouched(it, [], code);
  });

  test('its partition table is damaged', async () => {
    await using it = await fixture();
    const raw = await readFile(it.imagePath);
    raw.writeUInt8(raw.readUInt8(1024) ^ 1, 1024);
    await using damaged = await fixture({ files: { '/image': gzipSync(raw, { level: 1 }) } });
    await expectUntouched(damaged, [], 'image-partition-table-invalid');
  });

  test('none of its partitions can hold a boot file system', async () => {
    await using it = await fixture();
    const path = `/var/tmp/no-boot-${process.pid}.raw`;
    try {
      await writeFile(path, Buffer.alloc(8 * mib));
      await makeTable(path, 'start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649');
      await expectUntouched(it, ['-b', path], 'image-boot-missing');
    } finally {
      await execa('rm', ['-f', path]);
    }
  });

  test('its end shows that it is not whole', async () => {
    const bytes = await servedImage();
    const cut = bytes.subarray(0, Math.floor((bytes.length * 2) / 3));
    await using truncated = await fixture({ files: { '/image': cut } });
    const words = `the file ends after ${cut.length} bytes, before its xz data is complete`;
    await expectUntouched(truncated, [], 'image-truncated', [new RegExp(words)]);
    const longer = Buffer.concat([bytes, Buffer.from('more')]);
    await using followed = await fixture({ files: { '/image': longer } });
    await expectUntouched(followed, [], 'image-damaged', [/other data follows the xz stream/]);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 16) ^ 0x10, bytes.length - 16);
    await using damaged = await fixture({ files: { '/image': bytes } });
    await expectUntouched(damaged, [], 'image-damaged', [/the index's checksum is wrong/]);
  });

  test('its size is less than its partition table says, from a server and as a file', async () => {
    await using it = await fixture();
    const raw = await readFile(it.imagePath);
    const path = `/var/tmp/too-short-${process.pid}.raw`;
    const words = new RegExp(`ends after ${12 * mib} bytes, but its .* describes ${raw.length}`);
    const short = raw.subarray(0, 12 * mib);
    await using served = await fixture({ files: { '/image': short } });
    await expectUntouched(served, [], 'image-truncated', [words]);
    try {
      await writeFile(path, short);
      await expectUntouched(it, ['-b', path], 'image-truncated', [words]);
      await execa('xz', ['-0', '--force', path]);
      await expectUntouched(it, ['-b', `${path}.xz`], 'image-truncated', [words]);
    } finally {
      await execa('rm', ['-f', path, `${path}.xz`]);
    }
  });

  test('its first block needs more memory than there is', async () => {
    await using it = await fixture({ files: { '/image': await withLargeDictionary() } });
    const run = { availableMemoryBytes: 2 ** 31 };
    const words = [
      /memory, and only 1024 MiB can be used/,
      /1\.5 GiB|1536 MiB|16\d\d\d\d\d\d\d\d\d/,
    ];
    await expectUntouched(it, [], 'memory-insufficient', words, run);
  });
});

test.concurrent('an image that needs much memory is installed where there is as much', async () => {
  await using it = await fixture({ files: { '/image': await withLargeDictionary() } });
  const run = { availableMemoryBytes: 2 ** 32 };
  const { exitCode, stderr } = await runInstaller({ ...run, args: it.args });
  expect(exitCode, stderr).toBe(0);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
});

/** An image in one block of unknown size that asks for a dictionary of 1.5 GiB. */
async function withLargeDictionary(): Promise<Buffer> {
  await using good = await fixture({ compression: ['xz', '-T1', '-0'] });
  const bytes = await readFile(good.servedPath);
  // The block header of xz -T1: size, flags, filter 0x21 of one byte, the dictionary's size.
  expect([...bytes.subarray(12, 16)]).toEqual([2, 0, 0x21, 1]);
  bytes.writeUInt8(37, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(12, 20)), 20);
  return bytes;
}

describe.concurrent('an image that turns out bad while it is written leaves no bootable disk:', () => {
  test('the server closes too early, for good', async () => {
    await using it = await fixture({
      server: {
        fault: (_, { url }) =>
          url === '/image' ? { cutAfterBytes: 2 * mib, noRanges: true } : undefined,
      },
    });
    await expectNotBootable(it, 'connection-closed');
  });

  test.each(['block', 'index', 'footer'] as const)('xz damaged in its %s', async (place) => {
    const bytes = await servedImage();
    const at = { block: bytes.length >> 1, index: bytes.length - 16, footer: bytes.length - 6 };
    bytes.writeUInt8(bytes.readUInt8(at[place]) ^ 0x10, at[place]);
    await using it = await fixture({ files: { '/image': bytes }, ...withoutRanges });
    await expectNotBootable(it, 'image-damaged');
  });

  test('xz truncated, or followed by garbage', async () => {
    const bytes = await servedImage();
    const cut = bytes.subarray(0, bytes.length - 12);
    await using truncated = await fixture({ files: { '/image': cut }, ...withoutRanges });
    await expectNotBootable(truncated, 'image-truncated');
    const longer = Buffer.concat([bytes, Buffer.from('more')]);
    await using garbage = await fixture({ files: { '/image': longer }, ...withoutRanges });
    // As the beginning of another stream would be.
    await expectNotBootable(garbage, 'image-truncated');
  });

  test.each([
    ['gzip', (raw: Buffer) => gzipSync(raw, { level: 1 })],
    ['zstd', (raw: Buffer) => zstdCompressSync(raw, { params: { [zstd.ZSTD_c_checksumFlag]: 1 } })],
  ] as const)('%s damaged or truncated', async (_, compressed) => {
    await using good = await fixture();
    const bytes = Buffer.from(compressed(await readFile(good.imagePath)));
    await using truncated = await fixture({
      files: { '/image': bytes.subarray(0, bytes.length - 100) },
    });
    await expectNotBootable(truncated, 'image-truncated');
    bytes.fill(0x55, bytes.length - 2000, bytes.length - 1000);
    await using damaged = await fixture({ files: { '/image': bytes } });
    // What is left of the data may seem to ask for more.
    await expectNotBootable(damaged, 'image-damaged', 'image-truncated');
  });

  test('a raw image shorter than its partition table says', async () => {
    await using good = await fixture();
    const bytes = await readFile(good.imagePath);
    const files = { '/image': bytes.subarray(0, 12 * mib) };
    await using it = await fixture({ files, ...always('/image', { chunked: true }) });
    await expectNotBootable(it, 'image-truncated');
  });

  test('no file system labelled boot, or two', async () => {
    await using none = await fixture({ image: { bootLabel: 'stiefel' } });
    await expectNotBootable(none, 'image-boot-missing');
    await using two = await fixture({ image: { rootLabel: 'boot' } });
    await expectNotBootable(two, 'image-boot-ambiguous');
  });

  test('another image than a moment ago', async () => {
    await using other = await fixture({ image: { layout: 'today' } });
    // More than is kept from the first look, which therefore is at another download.
    const skippable = Buffer.alloc(9 * mib);
    skippable.writeUInt32LE(0x184d2a50, 0);
    skippable.writeUInt32LE(skippable.length - 8, 4);
    const packed = async (path: string) =>
      Buffer.concat([skippable, zstdCompressSync(await readFile(path))]);
    const bytes = await packed(other.imagePath);
    await using good = await fixture();
    await using it = await fixture({
      files: { '/image': await packed(good.imagePath) },
      server: {
        fault: (index, { url, headers }) =>
          url === '/image' && index > 1 && headers.range === undefined
            ? { file: { bytes } }
            : undefined,
      },
    });
    await expectNotBootable(it, 'image-changed');
  });
});

describe.concurrent('writing fails with exit code 5 when', () => {
  test('the boot file system is full', async () => {
    await using it = await fixture({
      image: { bootSizeBytes: 8 * mib },
      files: {
        '/config.ign': Buffer.from(`{"ignition":{"version":"3.0.0"}}${' '.repeat(9 * mib)}`),
      },
    });
    const result = await runInstaller({ args: it.args });
    expectFailure(result, 'boot-full');
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });
});

describe.concurrent('a config is refused before the disk is touched when', () => {
  test.each([
    ['empty', Buffer.alloc(0), 'config-unrecognized', /empty/],
    ['an HTML page', html, 'config-unrecognized', /web page/],
    [
      'not JSON',
      Buffer.from('{"ignition":\n{"version": 3.0.0}}'),
      'config-syntax-invalid',
      /line 2/,
    ],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'config-unrecognized', /UTF-8/],
    [
      'without a version',
      Buffer.from('{"ignition":{}}'),
      'config-version-unsupported',
      /version is missing/,
    ],
    [
      'of version 2',
      Buffer.from('{"ignition":{"version":"2.2.0"}}'),
      'config-version-unsupported',
      /2\.2\.0/,
    ],
    [
      'YAML with an error',
      Buffer.from('variant: fcos\nversion: 1.0.0\npasswd: x\n'),
      'config-invalid',
      /line 3, col/,
    ],
    [
      'YAML that Ignition would refuse',
      Buffer.from('variant: fcos\nversion: 1.0.0\nstorage:\n  files:\n    - path: a\n'),
      'config-invalid',
      /storage\.files\[0\]\.path: .*line 5, column 13/,
    ],
    [
      'YAML of an unknown version',
      Buffer.from('variant: fcos\nversion: 9.0.0\n'),
      'config-version-unsupported',
      /9\.0\.0/,
    ],
    ['too large', Buffer.alloc(17 * mib, 0x20), 'file-too-large', /16 MiB/],
  ] as const)('it is %s', async (_, bytes, code, words) => {
    await using it = await fixture({ files: { '/config.ign': bytes } });
    await expectUntouched(it, [], code, [words]);
  });

  const wrong = { ignition: { version: '3.0.0' }, storage: { files: [{ path: 'a', mode: 644 }] } };
  const wrongConfig = { files: { '/config.ign': Buffer.from(JSON.stringify(wrong)) } };

  test.each([[], ['--check-ignition', 'error']])(
    'its first boot would fail: %j',
    async (...how) => {
      await using it = await fixture(wrongConfig);
      const why = /storage\.files\[0\]\.path: the path must begin with \/ \(line 1, column 61\)/;
      await expectUntouched(it, how, 'config-invalid', [why]);
    },
  );

  test('its errors are only told, and it is installed, where that is wanted', async () => {
    await using it = await fixture(wrongConfig);
    const result = await runInstaller({
      args: it.args,
      cmdline: 'coreos.inst.check_ignition=warn',
    });
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toMatch(/error in the config .*: storage\.files\[0\]\.path: /);
    expect(result.stderr).toMatch(/storage\.files\[0\]\.mode: 644 is decimal here/);
  });

  test('not even that where it is not to be checked', async () => {
    await using it = await fixture({ files: { '/config.ign': html } });
    const cmdline = 'coreos.inst.check_ignition=off';
    const result = await runInstaller({ args: it.args, cmdline });
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(/not checked/);
  });

  test('the server has none, or redirects for ever', async () => {
    await using it = await fixture();
    await expectUntouched(it, ['-i', `${it.server.url}/no-such-file`], 'config-not-found');
    await using loop = await fixture(always('/config.ign', { redirectTo: '/config.ign' }));
    await expectUntouched(loop, [], 'redirect-invalid');
  });
});

describe.concurrent('what passes is waited for:', () => {
  test('a server that is busy for a moment', async () => {
    let asked = 0;
    await using it = await fixture({
      server: {
        // Long enough that it is waited for when the rest of the plan is made.
        fault: (_, { url }) => (url === '/image' && ++asked <= 4 ? { status: 503 } : undefined),
      },
    });
    const result = await runInstaller({ args: it.args });
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toMatch(/Waiting for .*503/);
  });

  test('a connection that breaks half-way', async () => {
    await using it = await fixture(withFault('/image', { cutAfterBytes: mib, reset: true }, 0));
    expect((await runInstaller({ args: it.args })).exitCode).toBe(0);
  });
});
