import type { Target } from '../disk/look/target.ts';
import type { DeviceWriter } from '../disk/write/writer.ts';
import { WriteError } from '../lib/errors.ts';

/** Data that makes a disk bootable, or may not be lost, and where it belongs. */
export interface Piece {
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
}

/** On stable storage when this returns. */
export async function writePieces(device: DeviceWriter, pieces: readonly Piece[]): Promise<void> {
  for (const { offsetBytes, bytes } of pieces) await device.write(offsetBytes, bytes);
  await device.flush();
}

/** Reads them from the disk; throws `WriteError` where it has other bytes. */
export async function comparePieces(
  { path }: Pick<Target, 'path'>,
  device: DeviceWriter,
  pieces: readonly Piece[],
): Promise<void> {
  for (const { offsetBytes, bytes } of pieces) {
    const found = await device.read(offsetBytes, bytes.length);
    if (Buffer.compare(found, bytes) === 0) continue;
    throw new WriteError({
      code: 'disk-read-back-mismatch',
      failed: `Cannot complete the installation on ${path}`,
      why: `the data read back at byte ${offsetBytes} differs from what was written`,
      next: 'The disk is faulty: replace it, or choose another device.',
    });
  }
}
