import { piecesOf } from './file-range.ts';
import type { LiveIso } from './live-iso.ts';
import { applyPatches, type Patch } from './patch.ts';
import { outputError, writeAll, writeNewFile, writeToStandardOutput } from './write-output-file.ts';

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
  else await writeNewFile(output, patched(iso, patches, signal), { mode });
}

async function* patched(
  { file, fileBytes }: Pick<LiveIso, 'file' | 'fileBytes'>,
  patches: readonly Patch[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of piecesOf(file, { startBytes: 0, sizeBytes: fileBytes })) {
    signal.throwIfAborted();
    applyPatches(piece, at, patches);
    yield piece;
    at += piece.length;
  }
}

/** More than the magic number of any archive; a disk writes as many at once. */
const beginningBytes = 512;

/**
 * An archive becomes visible with its first bytes, which are written last: the kernel unpacks the old
 * one, the new one, or none, whenever the power fails.
 */
async function writeInPlace(
  { file, name }: Pick<LiveIso, 'file' | 'name'>,
  patches: readonly Patch[],
) {
  const zeros = Buffer.alloc(beginningBytes);
  try {
    for (const patch of patches) {
      const bytes = Buffer.alloc(patch.sizeBytes);
      bytes.set(patch.bytes);
      const lastBytes = patch.isArchive ? Math.min(beginningBytes, bytes.length) : 0;
      if (lastBytes > 0) {
        await writeAll(file, zeros.subarray(0, lastBytes), patch.startBytes);
        await file.datasync();
      }
      await writeAll(file, bytes.subarray(lastBytes), patch.startBytes + lastBytes);
      await file.datasync();
      await writeAll(file, bytes.subarray(0, lastBytes), patch.startBytes);
    }
    await file.sync();
  } catch (error) {
    throw outputError(name, error);
  }
}
