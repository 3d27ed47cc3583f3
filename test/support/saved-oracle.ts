import { open } from 'node:fs/promises';
import { parseGpt } from '../../src/disk/gpt/gpt.ts';
import { bootCodeBytes } from './disk-image.ts';
import { sizeOf, unexpectedDifferences } from './installed-disk.ts';
import { lostOf, type SavedData, seenByOthers } from './saved-disk.ts';

const mib = 1024 * 1024;

/** The numbers of the image's partitions, whatever its layout. */
const ofImage = [1, 2, 3, 4];

/** `int 18h`: a BIOS goes on to its next boot device. Zeros would be run, and stop it. */
export const bootsNothing = Buffer.concat([Buffer.from('cd18f4ebfd', 'hex')], bootCodeBytes);

/** Which table is on a disk with saved partitions. */
export interface SavedState {
  readonly table: 'saved only' | 'of a system';
  readonly bootCode: boolean;
}

/**
 * Throws where a saved partition has lost a byte, or is in no table that everybody reads, or where the
 * table has other partitions than those of a system. With `byOthers` other programs are asked, too.
 */
export async function savedState(
  disk: Buffer,
  saved: readonly SavedData[],
  { byOthers = false } = {},
): Promise<SavedState> {
  const lost = await lostOf(disk, saved);
  if (lost.length > 0) throw new Error(lost.join(', '));
  const numbers = parseGpt(disk.subarray(0, mib)).partitions.map(({ number }) => number);
  const own = saved.map(({ number }) => number);
  const isOnly = numbers.join() === own.join();
  if (!isOnly && numbers.join() !== [...ofImage, ...own].join())
    throw new Error(`the table has the partitions ${numbers.join()}`);
  if (byOthers) {
    for (const [name, seen] of Object.entries(await seenByOthers(disk)))
      if (seen.join() !== numbers.join()) throw new Error(`${name} sees partitions ${seen.join()}`);
  }
  const bootCode = !disk.subarray(0, bootCodeBytes).equals(bootsNothing);
  return { table: isOnly ? 'saved only' : 'of a system', bootCode };
}

/**
 * The same for a disk that only one image was ever installed to: where its table has partitions of a
 * system, or its first sector boot code, the image must be complete.
 */
export async function savedStateOf(
  imagePath: string,
  diskPath: string,
  saved: readonly SavedData[],
  options?: { readonly byOthers: boolean },
): Promise<SavedState> {
  const state = await savedState(await wholeDisk(diskPath), saved, options);
  if (state.table === 'saved only' && !state.bootCode) return state;
  const differences = await unexpectedDifferences(imagePath, diskPath, { saved });
  // An old system's table is there for a moment longer than its boot code.
  const rest = differences.filter(({ endBytes }) => state.bootCode || endBytes > bootCodeBytes);
  if (rest.length > 0) throw new Error(`the image is not complete: ${JSON.stringify(rest)}`);
  return state;
}

export async function wholeDisk(path: string): Promise<Buffer> {
  await using file = await open(path);
  const bytes = Buffer.alloc(await sizeOf(path));
  for (let at = 0; at < bytes.length; at += mib)
    await file.read(bytes, at, Math.min(mib, bytes.length - at), at);
  return bytes;
}

/** In words, for the table of a run. */
export function inWords({ table, bootCode }: SavedState): string {
  return `table ${table}, ${bootCode ? 'boot code' : 'no boot code'}`;
}
