import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fill } from '../lib/fill.ts';

/**
 * A small file of a file system that is not trusted. Its last name is followed nowhere, and what is
 * no regular file, such as a fifo without a writer, is not waited for. Throws where it is not there,
 * is something else, or is larger than `limitBytes`.
 */
export async function readRegularFile(path: string, limitBytes: number): Promise<Buffer> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await open(path, flags);
  const stats = await file.stat();
  if (!stats.isFile()) throw new Error('it is not a regular file');
  if (stats.size > limitBytes) throw new Error(`it is larger than ${limitBytes} bytes`);
  return await fill(Buffer.alloc(stats.size), file);
}
