import { relocateGpt } from '../blockdev/relocate-gpt.ts';
import { verifyTable } from '../blockdev/verify-table.ts';
import type { DeviceWriter } from '../blockdev/writer.ts';
import { WriteError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';

/** What makes the disk bootable, and where it goes; the last piece is written last. */
interface Piece {
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
}

/**
 * Makes the disk bootable, last of all: the backup table at the end of the real disk, and when
 * that is on stable storage the head with the primary table, in one write. Both are read back, and
 * `sgdisk` has a look at them. Whatever throws here wants `withdraw` afterwards.
 */
export async function commit(plan: Plan, head: Uint8Array, device: DeviceWriter): Promise<void> {
  const pieces = piecesOf(plan, head);
  for (const { offsetBytes, bytes } of pieces) {
    await device.write(offsetBytes, bytes);
    await device.flush();
  }
  for (const { offsetBytes, bytes } of pieces) {
    const found = await device.read(offsetBytes, bytes.length);
    if (Buffer.compare(found, bytes) !== 0) throw notOnDisk(plan, offsetBytes);
  }
  await verifyTable(plan.target);
}

/** Takes both tables away again, the primary one first. */
export async function withdraw(plan: Plan, head: Uint8Array, device: DeviceWriter): Promise<void> {
  for (const { offsetBytes, bytes } of piecesOf(plan, head).toReversed()) {
    await device.write(offsetBytes, new Uint8Array(bytes.length));
    await device.flush();
  }
}

function piecesOf({ target, image }: Plan, head: Uint8Array): Piece[] {
  const table = relocateGpt(head, image.gpt, target.sizeBytes);
  return [
    { offsetBytes: target.sizeBytes - table.tail.length, bytes: table.tail },
    { offsetBytes: 0, bytes: table.head },
  ];
}

function notOnDisk({ target }: Plan, offsetBytes: number): WriteError {
  return new WriteError({
    failed: `Cannot complete the installation on ${target.path}`,
    why: `at byte ${offsetBytes} the disk does not hold what was written there`,
    next: 'The disk is faulty: replace it, or choose another device with -d.',
  });
}
