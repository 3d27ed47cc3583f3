import { InputError } from '../lib/errors.ts';
import { piecesOf } from '../lib/file-range.ts';
import { createOutput, outputError, writeAll } from '../lib/output-file.ts';
import { writeToStandardOutput } from '../system/binary-output.ts';
import { sectorBytes } from './iso9660.ts';
import type { LiveIso } from './live-iso.ts';
import type { OpenFile } from './open-file.ts';
import { applyPatches, type Patch } from './patch.ts';

/** What becomes of an image. */
export interface IsoChange {
  readonly patches: readonly Patch[];
  /** Files behind it that are removed: the size without them, and what has to be written for that first. */
  readonly removed?: { readonly keptBytes: number; readonly restore: readonly Patch[] } | undefined;
  /** Files to write behind it, each to a sector of its own. */
  readonly added?: readonly OpenFile[];
}

type Image = Pick<LiveIso, 'file' | 'name' | 'fileBytes'>;

/**
 * Writes an image with changes: to a new file, to standard output (`-`), or without an output into the
 * file itself, of which nothing else is read or written. Throws `InputError` or `WriteError`. A new file
 * has this mode.
 */
export async function writeIso(
  iso: Image,
  change: IsoChange,
  output: string | undefined,
  signal: AbortSignal,
  mode?: number,
): Promise<void> {
  if (output === undefined) await writeInPlace(iso, change, signal);
  else if (output === '-') await writeToStandardOutput(changed(iso, change, signal));
  else await createOutput(output, changed(iso, change, signal), { mode });
}

async function* changed(
  iso: Image,
  { patches, removed, added = [] }: IsoChange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const kept = { startBytes: 0, sizeBytes: removed?.keptBytes ?? iso.fileBytes };
  let at = 0;
  for await (const piece of piecesOf(iso, kept, signal)) {
    applyPatches(piece, at, patches);
    yield piece;
    at += piece.length;
  }
  yield* inSectors(added, signal);
}

async function* inSectors(
  files: readonly OpenFile[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    const { name, sizeBytes } = file;
    let at = 0;
    for await (const piece of piecesOf(file, { startBytes: 0, sizeBytes }, signal)) {
      yield piece;
      at += piece.length;
    }
    if (at < sizeBytes)
      throw new InputError({
        code: 'file-unreadable',
        failed: `Cannot read ${name}`,
        why: `it has become shorter: ${at} of ${sizeBytes} bytes`,
        next: 'Wait until nothing writes to it any more.',
      });
    yield Buffer.alloc((sectorBytes - (sizeBytes % sectorBytes)) % sectorBytes);
  }
}

/** More than the magic number of any archive; a disk writes as many at once. */
const beginningBytes = 512;

/**
 * An archive becomes visible with its first bytes, which are written when all else is on the disk: whenever
 * the power fails, the kernel unpacks the old archive, the new one with everything that belongs to it, or
 * none.
 */
async function writeInPlace(
  { file, name, fileBytes }: Image,
  { patches, removed, added = [] }: IsoChange,
  signal: AbortSignal,
): Promise<void> {
  const all = patches.map(wholly);
  const hideArchives = async () => {
    for (const { startBytes, lastBytes } of all)
      await writeAll(file, Buffer.alloc(lastBytes), startBytes);
    await file.datasync();
  };
  try {
    const keptBytes = removed?.keptBytes ?? fileBytes;
    if (keptBytes < fileBytes) {
      await hideArchives();
      for (const { startBytes, content } of (removed?.restore ?? []).map(wholly))
        await writeAll(file, content, startBytes);
      await file.datasync();
      await file.truncate(keptBytes);
    }
    if (added.length > 0) await append({ file, keptBytes }, added, signal);
    await hideArchives();
    for (const { startBytes, content, lastBytes } of all)
      await writeAll(file, content.subarray(lastBytes), startBytes + lastBytes);
    await file.datasync();
    for (const { startBytes, content, lastBytes } of all)
      await writeAll(file, content.subarray(0, lastBytes), startBytes);
    await file.sync();
  } catch (error) {
    throw outputError(name, error);
  }
}

function wholly({ startBytes, sizeBytes, bytes, isArchive }: Patch) {
  const content = Buffer.alloc(sizeBytes);
  content.set(bytes);
  return { startBytes, content, lastBytes: isArchive ? Math.min(beginningBytes, sizeBytes) : 0 };
}

/** The image does not mention them yet: if they cannot be written, it is as before. */
async function append(
  { file, keptBytes }: Pick<Image, 'file'> & { readonly keptBytes: number },
  added: readonly OpenFile[],
  signal: AbortSignal,
): Promise<void> {
  try {
    let at = keptBytes;
    for await (const piece of inSectors(added, signal)) {
      await writeAll(file, piece, at);
      at += piece.length;
    }
    signal.throwIfAborted();
  } catch (error) {
    await file.truncate(keptBytes);
    throw error;
  }
}
