import { relocateGpt } from '../disk/gpt/relocate-gpt.ts';
import { verifyTable } from '../disk/gpt/verify-table.ts';
import type { DeviceWriter } from '../disk/write/writer.ts';
import type { Plan } from '../plan/plan.ts';
import { comparePieces, type Piece, writePieces } from './table-pieces.ts';

/**
 * Makes the disk bootable, as the last step: writes the backup table at the end of the real disk, the
 * head with the primary table, and when those are on stable storage the first sector. Without that
 * sector neither firmware nor kernel recognizes the rest as a partition table, and a disk writes a
 * sector entirely or not at all, also when the power fails. Everything is read back and checked by
 * `sgdisk`. `beforeLast` is awaited before the first sector is written. After any error here
 * `withdraw` must be called.
 */
export async function commit(
  plan: Plan,
  head: Uint8Array,
  device: DeviceWriter,
  beforeLast: () => Promise<void>,
): Promise<void> {
  const pieces = piecesOf(plan, head);
  await writePieces(device, pieces.slice(0, -1));
  await beforeLast();
  await writePieces(device, pieces.slice(-1));
  await comparePieces(plan.target, device, pieces);
  await verifyTable(plan.target);
}

/**
 * Removes both tables again, the first sector first. A write error does not prevent the other
 * writes; the first error is thrown at the end. `write` zeroes a range, synced.
 */
export async function withdraw(
  plan: Plan,
  head: Uint8Array,
  write: (offsetBytes: number, zeros: Uint8Array) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  for (const { offsetBytes, bytes } of piecesOf(plan, head).toReversed()) {
    await write(offsetBytes, new Uint8Array(bytes.length)).catch((error) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

/** The last piece is written last. */
function piecesOf({ target, image }: Plan, head: Uint8Array): Piece[] {
  const table = relocateGpt(head, image.gpt, target.sizeBytes);
  const sector = target.sectorSizeBytes;
  return [
    { offsetBytes: target.sizeBytes - table.tail.length, bytes: table.tail },
    { offsetBytes: sector, bytes: table.head.subarray(sector) },
    { offsetBytes: 0, bytes: table.head.subarray(0, sector) },
  ];
}
