import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../../src/disk/look/target.ts';
import { findInstallation } from '../../../src/plan/found-installation.ts';
import { buildGptHead } from '../../support/gpt-builder.ts';

const id = '0e5b8f3c-7a41-5c56-9b8e-2f60d1c7a905';
const installId = { value: id, origin: { kind: 'option', name: '--install-id' } } as const;

// Its beginning cannot be read: EIO.
const target = {
  ...{ path: '/proc/self/mem', majMin: '0:0', sizeBytes: 16 * 1024 * 1024 },
  sectorSizeBytes: 512,
} as Target;

test('a disk that cannot be read may hold the installation', async () => {
  await expect(findInstallation(target, { installId, bootOrder: undefined })).rejects.toMatchObject(
    {
      exitCode: 3,
      failure: {
        code: 'installation-unclear',
        why: expect.stringContaining('EIO'),
        next: expect.stringContaining(`wipefs --all ${target.path}`),
      },
    },
  );
});

describe('a disk whose partition table is damaged may hold the installation', () => {
  const mib = 1024 * 1024;
  const sizeBytes = 16 * mib;
  /** Ends where the last partition does not: the disk has become smaller. */
  const partitions = [{ number: 3, firstLba: 2048, lastLba: 20_479, name: 'boot' }];

  async function findOn(change: (disk: Buffer) => Buffer) {
    const disk = Buffer.alloc(sizeBytes);
    buildGptHead({ sectorSizeBytes: 512, diskSectors: sizeBytes / 512, partitions }).copy(disk);
    disk.writeUInt16LE(0xaa55, 510);
    disk[446 + 4] = 0xee;
    const directory = mkdtempSync(join(tmpdir(), 'disk-'));
    try {
      const path = join(directory, 'disk');
      const bytes = change(disk);
      writeFileSync(path, bytes);
      const place = { path, majMin: '0:0', sizeBytes: bytes.length, sectorSizeBytes: 512 };
      return await findInstallation(
        place as Target,
        { installId, bootOrder: undefined },
        // Other disks of the machine are not looked at.
        directory,
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  test.each<[string, (disk: Buffer) => Buffer, RegExp]>([
    [
      'the disk has become smaller',
      (disk) => disk.subarray(0, 8 * mib),
      /partition 3 lies outside/,
    ],
    ['its checksum is wrong', (disk) => disk.fill(0xff, 1024, 1025), /CRC/],
    [
      'it is for sectors of another size',
      (disk) => Buffer.concat([disk.subarray(0, 512), Buffer.alloc(3584), disk.subarray(512)]),
      /4096-byte sectors/,
    ],
  ])('%s', async (_, change, why) => {
    await expect(findOn(change)).rejects.toMatchObject({
      failure: { code: 'installation-unclear', why: expect.stringMatching(why) },
    });
  });

  const damaged = (disk: Buffer) => disk.fill(0xff, 1024, 1025);

  test.each<[string, (disk: Buffer) => Buffer]>([
    ['an installation that was interrupted', (disk) => damaged(disk).fill(0, 0, 512)],
    ['the remains of a GPT and an MBR', (disk) => damaged(disk).fill(0x83, 450, 451)],
  ])('but not one that no firmware uses: %s', async (_, change) => {
    expect(await findOn(change)).toBeUndefined();
  });
});

test('without an id nothing is looked for', async () => {
  expect(
    await findInstallation(target, { installId: undefined, bootOrder: undefined }),
  ).toBeUndefined();
});
