import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { probe } from '../../../../src/disk/look/probe.ts';
import { wipeOldSignatures } from '../../../../src/disk/write/wipe.ts';
import { loopDevice } from '../../../support/loop-device.ts';
import { openWriter, targetOf } from '../../../support/loop-target.ts';
import { makeTable } from '../../../support/partitions.ts';

const MiB = 1024 * 1024;

it('leaves nothing that a later boot could take for a table, a file system, LVM or RAID', async () => {
  await using device = await loopDevice({ sizeBytes: 64 * MiB });
  const names = ['ext4', 'swap', 'lvm', 'raid-at-end'];
  await makeTable(device.path, ...names.map(() => 'size=12M'));
  execFileSync('partx', ['--add', device.path]);
  execFileSync('mkfs.ext4', ['-q', `${device.path}p1`]);
  execFileSync('mkswap', ['--quiet', `${device.path}p2`], { stdio: 'ignore' });
  const before = targetOf(device);
  {
    await using writer = await openWriter(before);
    const [, , lvm, raid] = before.partitions;
    await writer.write((lvm?.startBytes ?? 0) + 512, lvmLabel());
    const end = (raid?.startBytes ?? 0) + (raid?.sizeBytes ?? 0);
    await writer.write(end - 64 * 1024, raidSuperblock());
    await writer.flush();
  }
  const types = async () =>
    await Promise.all(
      before.partitions.map(async ({ path }) => (await probe(path)).fileSystem?.type),
    );
  expect(await types()).toEqual(['ext4', 'swap', 'LVM2_member', 'linux_raid_member']);

  {
    await using writer = await openWriter(before);
    await wipeOldSignatures(before, writer);
  }
  expect(await types()).toEqual([undefined, undefined, undefined, undefined]);
  expect(execFileSync('wipefs', [device.path], { encoding: 'utf8' })).toBe('');
});

it.each([
  ['gpt', 512],
  ['gpt', 4096],
  ['dos', 512],
] as const)(
  'nor with a new partition in the place of one of a table (%s, %i-byte sectors) that wipefs has taken away',
  async (kind, sectorSizeBytes) => {
    await using device = await loopDevice({ sizeBytes: 64 * MiB, sectorSizeBytes });
    const start = 40 * MiB;
    const table = `label: ${kind}\nstart=${(4 * MiB) / sectorSizeBytes}, size=${(8 * MiB) / sectorSizeBytes}\nstart=${start / sectorSizeBytes}, size=${(16 * MiB) / sectorSizeBytes}\n`;
    execFileSync('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', device.path], {
      input: table,
    });
    {
      await using writer = await openWriter(targetOf(device));
      await writer.write(start + 512, lvmLabel());
      await writer.flush();
    }
    execFileSync('wipefs', ['--all', '--quiet', device.path]);
    const range = { offsetBytes: start, sizeBytes: 16 * MiB };
    expect((await probe(device.path, range)).fileSystem?.type).toBe('LVM2_member');
    const target = targetOf(device);
    expect(target.partitions).toEqual([]);
    {
      await using writer = await openWriter(target);
      await wipeOldSignatures(target, writer);
    }
    expect((await probe(device.path, range)).fileSystem).toBeUndefined();
  },
);

/** LVM's label sector: signature, own place, CRC (start 0xf597a6cf over the rest), format name. */
function lvmLabel(): Buffer {
  const label = Buffer.alloc(512);
  label.write('LABELONE', 0, 'latin1');
  label.writeBigUInt64LE(1n, 8);
  label.writeUInt32LE(32, 20);
  label.write('LVM2 001', 24, 'latin1');
  label.write('abcdefABCDEFabcdefABCDEFabcdef12', 32, 'latin1');
  label.writeUInt32LE(lvmCrc(label.subarray(20)), 16);
  return label;
}

function lvmCrc(bytes: Uint8Array): number {
  let crc = 0xf597a6cf;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return crc >>> 0;
}

/** An md superblock of format 0.90, which stands 64 KiB before the end of its device. */
function raidSuperblock(): Buffer {
  const block = Buffer.alloc(4096);
  block.writeUInt32LE(0xa92b4efc, 0);
  block.writeUInt32LE(0, 4);
  block.writeUInt32LE(90, 8);
  let sum = 0;
  for (let at = 0; at < block.length; at += 4) sum += block.readUInt32LE(at);
  block.writeUInt32LE(sum % 2 ** 32, 38 * 4);
  return block;
}
