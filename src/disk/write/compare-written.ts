import { alignedBuffers } from '../../lib/aligned-memory.ts';
import { chunkBytes } from '../../lib/bytes.ts';
import { WriteError } from '../../lib/errors.ts';
import { settleAll } from '../../lib/promises.ts';
import type { Target } from '../look/target.ts';
import { DeviceFile } from '../own/device-file.ts';
import type { RecordedPiece, WrittenRecord } from './written-record.ts';

/** So that the device is never idle. */
const readsInFlight = 4;

export interface CompareOptions {
  readonly signal: AbortSignal;
  /** Only what lies in this range, at least in part. */
  readonly startBytes?: number;
  readonly endBytes?: number;
  readonly onCompared?: (bytes: number) => void;
}

/**
 * Reads all recorded data back from the device, past the page cache. Throws `WriteError` with the
 * first place that differs from what was written, to the MiB.
 */
export async function compareWritten(
  target: Target,
  record: WrittenRecord,
  { signal, startBytes, endBytes, onCompared }: CompareOptions,
): Promise<void> {
  await using file = await DeviceFile.open(target, { readOnly: true });
  if (!file.direct) file.dropCache();
  const pieces = record.pieces(startBytes, endBytes);
  const wrong: RecordedPiece[] = [];

  const compareSome = async (buffer: Uint8Array) => {
    for (let next = pieces.next(); !next.done && wrong.length === 0; next = pieces.next()) {
      const piece = next.value;
      signal.throwIfAborted();
      const start = piece.offsetBytes % chunkBytes;
      const range = { start, end: start + piece.lengthBytes };
      const bytes = await file.readWithin(buffer, range, piece.offsetBytes - start);
      onCompared?.(bytes.length);
      if (!piece.fits(bytes)) wrong.push(piece);
    }
  };
  // All settle before the device is closed.
  await settleAll(alignedBuffers(readsInFlight, chunkBytes).map(compareSome));
  const [first] = wrong.sort((a, b) => a.offsetBytes - b.offsetBytes);
  if (first !== undefined) throw notWritten(target, first);
}

function notWritten({ path }: Target, { offsetBytes, lengthBytes }: RecordedPiece): WriteError {
  return new WriteError({
    code: 'disk-read-back-mismatch',
    failed: `Cannot complete the installation on ${path}`,
    why: `the data read back from byte ${offsetBytes} to byte ${offsetBytes + lengthBytes - 1} differs from what was written`,
    next: 'The disk, its cable or its controller is faulty: replace it, or choose another device.',
  });
}
