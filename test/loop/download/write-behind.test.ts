import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { expect, test, vi } from 'vitest';
import { PartialFile } from '../../../src/download/partial-file.ts';
import { loopDevice } from '../../support/loop-device.ts';

const mib = 1024 * 1024;

/** Of the whole device, since it was made (Documentation/block/stat.rst). */
function writtenBytes(device: string): number {
  const stat = readFileSync(`/sys/block/${basename(device)}/stat`, 'utf8');
  return Number(stat.trim().split(/\s+/)[6]) * 512;
}

test('a file that is being saved goes to the disk while more of it arrives', async () => {
  await using disk = await loopDevice({ sizeBytes: 256 * mib, content: 'zeros' });
  await execa('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0', disk.path]);
  const directory = mkdtempSync(join(tmpdir(), 'coreos-installer-test-'));
  await execa('mount', [disk.path, directory]);
  try {
    await execa('sync', ['--file-system', directory]);
    const before = writtenBytes(disk.path);
    await using partial = await PartialFile.open(directory, 'image.raw');
    const piece = Buffer.alloc(4 * mib, 7);
    for (let at = 0; at < 64 * mib; at += piece.length) await partial.write(at, piece);
    // The kernel by itself would begin after 30 s (vm.dirty_expire_centisecs).
    const limit = { timeout: 20_000, interval: 50 };
    await vi.waitFor(() => {
      expect(writtenBytes(disk.path) - before).toBeGreaterThanOrEqual(32 * mib);
    }, limit);
    await partial.discard();
  } finally {
    await execa('umount', [directory]);
    rmSync(directory, { recursive: true });
  }
});
