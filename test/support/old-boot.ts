import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { bootPartition, tableOn } from './installed-disk.ts';

/**
 * Changes the boot file system of a disk or image by commands of debugfs(8), which need neither a mount
 * nor a kernel that accepts the result. `{block}` is replaced by the path of a file of one block.
 */
export async function changeBoot(path: string, ...requests: readonly string[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'debugfs-'));
  try {
    const block = join(directory, 'block');
    await writeFile(block, Buffer.alloc(4096, 'replayed'));
    const script = join(directory, 'script');
    await writeFile(script, requests.join('\n').replaceAll('{block}', block));
    const device = `${path}?offset=${(await bootOf(path)).offsetBytes}`;
    const { stderr } = await execa('debugfs', ['-w', '-f', script, device]);
    const trouble = stderr.split('\n').slice(1).join('\n');
    if (trouble !== '') throw new Error(`debugfs: ${trouble}`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * As after a crash: the journal contains a transaction that has not been replayed. Mounting the file
 * system as usual, read-only or not, writes it to its place.
 */
export async function leaveDirtyJournal(path: string): Promise<void> {
  const { offsetBytes, sizeBytes } = await bootOf(path);
  const lastBlock = sizeBytes / 4096 - 1;
  const { stdout } = await execa('debugfs', [
    '-R',
    `testb ${lastBlock}`,
    `${path}?offset=${offsetBytes}`,
  ]);
  if (!stdout.includes('not in use')) throw new Error(`block ${lastBlock} is in use: ${stdout}`);
  await changeBoot(path, 'journal_open', `journal_write -b ${lastBlock} {block}`, 'journal_close');
  const superblock = (await readFile(path)).subarray(offsetBytes + 1024);
  // ext4's s_feature_incompat has EXT4_FEATURE_INCOMPAT_RECOVER.
  if ((superblock.readUInt32LE(0x60) & 4) === 0) throw new Error('the journal is not dirty');
}

async function bootOf(path: string) {
  const table = await tableOn(path);
  if (table === undefined) throw new Error(`${path} has no partition table`);
  return bootPartition(table);
}
