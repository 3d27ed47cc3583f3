import { constants, type Stats } from 'node:fs';

/**
 * For opening a file in a directory where other users may create files: a link is not followed, and
 * the other end of a fifo not waited for.
 */
export const cautiously = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Why that failed, where something else than a file is there; undefined for other reasons. */
export function noFileByError({ code }: NodeJS.ErrnoException): string | undefined {
  return kinds[code ?? ''];
}

const kinds: Readonly<Record<string, string>> = {
  ELOOP: 'it is a symbolic link',
  ENXIO: 'it is not a regular file',
  EISDIR: 'it is a directory',
};

/** Why it is not a file that only one of these users can have made; undefined where it is one. */
export function foreignFile(
  stats: Stats,
  ownerUids: readonly [number, number?],
): string | undefined {
  if (stats.isSymbolicLink()) return 'it is a symbolic link';
  if (stats.isDirectory()) return 'it is a directory';
  if (!stats.isFile()) return 'it is not a regular file';
  if (!ownerUids.includes(stats.uid)) {
    const [owner] = ownerUids;
    return `it belongs to user ${stats.uid}, not to ${owner === 0 ? 'root' : `user ${owner}`}`;
  }
  // A user who can link a file here chooses which one is used.
  return stats.nlink > 1 ? 'it has another name, too (a hard link)' : undefined;
}
