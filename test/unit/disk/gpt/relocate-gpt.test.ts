import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { parseGpt } from '../../../../src/disk/gpt/gpt.ts';
import { backupTableSizeBytes, relocateGpt } from '../../../../src/disk/gpt/relocate-gpt.ts';

const mib = 1024 * 1024;

async function readAt(path: string, offsetBytes: number, lengthBytes: number): Promise<Buffer> {
  await using file = await open(path);
  return (await file.read(Buffer.alloc(lengthBytes), 0, lengthBytes, offsetBytes)).buffer;
}

/** An 8 MiB image with two partitions. */
async function withImage(work: (path: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'relocate-'));
  try {
    const path = join(directory, 'disk');
    await writeFile(path, '');
    await truncate(path, 8 * mib);
    await execa('sgdisk', ['-n', '1:2048:4095', '-n', '2:4096:0', '-c', '2:root', path]);
    await work(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

// sgdisk waits for a second whenever it has written a table.
describe.concurrent('relocateGpt', () => {
  test.each([8 * mib, 9 * mib, 100 * mib + 512, 3 * 1024 * mib])(
    'gives what sgdisk -e makes of the same table on a disk of %i bytes',
    async (diskSizeBytes) => {
      await withImage(async (path) => {
        const head = await readAt(path, 0, mib);
        const gpt = parseGpt(head);
        const relocated = relocateGpt(head, gpt, diskSizeBytes);
        await truncate(path, diskSizeBytes);
        await execa('sgdisk', ['-e', path]);
        const tailBytes = relocated.tail.length;
        expect(tailBytes).toBe(33 * 512);
        expect((await readAt(path, 0, mib)).equals(relocated.head)).toBe(true);
        const tail = await readAt(path, diskSizeBytes - tailBytes, tailBytes);
        expect(tail.equals(relocated.tail)).toBe(true);
      });
    },
  );

  test('a disk of the image’s own size keeps the table as it is', async () => {
    await withImage(async (path) => {
      const head = await readAt(path, 0, mib);
      const gpt = parseGpt(head);
      const tailBytes = backupTableSizeBytes(head, gpt);
      const { head: sameHead, tail } = relocateGpt(head, gpt, 8 * mib);
      expect(head.equals(sameHead)).toBe(true);
      expect((await readAt(path, 8 * mib - tailBytes, tailBytes)).equals(tail)).toBe(true);
    });
  });
});
