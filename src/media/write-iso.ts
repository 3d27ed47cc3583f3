import { createOutput, outputError, writeAll } from '../lib/output-file.ts';
import { writeToStandardOutput } from '../system/binary-output.ts';
import { piecesOf } from './file-range.ts';
import type { LiveIso } from './live-iso.ts';
import { applyPatches, type Patch } from './patch.ts';

/**
 * Writes an image with patches: to a new file, to standard output (`-`), or without an output into the
 * file itself, of which nothing else is read or written. Throws `WriteError`. A new file has this mode.
 */
export async function writeIso(
  iso: Pick<LiveIso, 'file' | 'name' | 'fileBytes'>,
  patches: readonly Patch[],
  output: string | undefined,
  signal: AbortSignal,
  mode?: number,
): Promise<void> {
  if (output === undefined) await writeInPlace(iso, patches);
  else if (output === '-') await writeToStandardOutput(patched(iso, patches, signal));
  else await createOutput(output, patched(iso, patches, signal), { mode });
}

async function* patched(
  iso: Pick<LiveIso, 'file' | 'name' | 'fileBytes'>,
  patches: readonly Patch[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of piecesOf(iso, { startBytes: 0, sizeBytes: iso.fileBytes }, signal)) {
    applyPatches(piece, at, patches);
    yield piece;
    at += piece.length;
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
  { file, name }: Pick<LiveIso, 'file' | 'name'>,
  patches: readonly Patch[],
): Promise<void> {
  const all = patches.map(({ startBytes, sizeBytes, bytes, isArchive }) => {
    const content = Buffer.alloc(sizeBytes);
    content.set(bytes);
    return { startBytes, content, lastBytes: isArchive ? Math.min(beginningBytes, sizeBytes) : 0 };
  });
  try {
    for (const { startBytes, lastBytes } of all)
      await writeAll(file, Buffer.alloc(lastBytes), startBytes);
    await file.datasync();
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
