import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { formatBytes } from './quantities.ts';

export interface SmallFileRules {
  /** Whether a symbolic link as the path's last component is followed; the default is no. */
  readonly followLinks?: boolean;
  /** Looks at the open file before it is read; throws for one that must not be used. */
  readonly judge?: (stats: Stats) => void;
}

/** Why a file that exists is not read; the message is a reason (`it is not a regular file`). */
export class UnusableFileError extends Error {}

/**
 * Reads a whole file of at most `limitBytes`, whatever is in its place: opening never waits, as it
 * would for a fifo without a writer, and no more is read than the limit, also if the file grows.
 * Throws `UnusableFileError` for what is no regular file or is larger, what `judge` throws, and the
 * system's errors (`ELOOP` for a link that is not followed).
 */
export async function readSmallFile(
  path: string,
  limitBytes: number,
  { followLinks = false, judge }: SmallFileRules = {},
): Promise<Buffer> {
  const links = followLinks ? 0 : constants.O_NOFOLLOW;
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | links);
  const stats = await file.stat();
  judge?.(stats);
  if (!stats.isFile()) throw new UnusableFileError('it is not a regular file');
  // The limit is only what it may be: memory for that is not taken before it is needed.
  let bytes = Buffer.alloc(Math.min(stats.size, limitBytes) + 1);
  let filledBytes = 0;
  while (filledBytes <= limitBytes) {
    if (filledBytes === bytes.length)
      bytes = Buffer.concat([bytes], Math.min(2 * filledBytes, limitBytes + 1));
    // One read may give less than there is.
    const { bytesRead } = await file.read(bytes, filledBytes);
    if (bytesRead === 0) return bytes.subarray(0, filledBytes);
    filledBytes += bytesRead;
  }
  throw new UnusableFileError(`it is larger than ${formatBytes(limitBytes).replace('.0 ', ' ')}`);
}
