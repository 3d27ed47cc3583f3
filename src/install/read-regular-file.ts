import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fill } from '../lib/fill.ts';

/**
 * Reads a small file of a file system that is not trusted. A symbolic link as the last component is
 * not followed, and opening never waits, as it would for a fifo without a writer. Throws where the
 * file is missing, is not a regular file, or is larger than `limitBytes`.
 */
export async function readRegularFile(path: string, limitBytes: number): Promise<Buffer> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await open(path, flags);
  const stats = await file.stat();
  if (!stats.isFile()) throw new Error('it is not a regular file');
  if (stats.size > limitBytes) throw new Error(`it is larger than ${limitBytes} bytes`);
  return await fill(Buffer.alloc(stats.size), file);
}
