import { WriteError } from '../../lib/errors.ts';
import { readDiskTable } from '../gpt/disk-table.ts';
import { formerPartitions } from '../gpt/former-partitions.ts';
import { gptSignature, hasSignature } from '../gpt/gpt-header.ts';
import { mbr } from '../gpt/protective-mbr.ts';
import type { DeviceRange } from '../look/probe.ts';
import type { Target } from '../look/target.ts';
import { type Range, withoutRange } from './ranges.ts';
import type { DeviceWriter } from './writer.ts';

/**
 * Every signature that libblkid knows is within this distance of an end of its device: the last one is a second
 * header of LUKS2, at 4 MiB.
 */
const marginBytes = 5 * 1024 * 1024;

/** What is left of tables is looked for here. */
const tableBytes = 1024 * 1024;

/** Tables are made for sectors of either size; a header is in the second one, and its backup in the last one. */
const tableSectorBytes = [512, 4096];
const largestSectorBytes = 4096;

export interface WipeOptions {
  /** Where old partitions are; `partitionsLeftOn` finds them, and is asked if this is not given. */
  readonly former?: readonly DeviceRange[];
  /** What is not touched, whatever overlaps it. */
  readonly spared?: readonly Range[];
}

/**
 * Removes what is left from before and would make the disk bootable, or confuse a later boot, where
 * the image does not cover it: the table at both ends of the disk, and at both ends of every old
 * partition the signatures of file systems, LVM (first sectors), md (either end), LUKS, swap, ZFS
 * (512 KiB at both ends). Otherwise an old volume group or array would be activated in the new
 * system. Whole ranges are zeroed rather than single signatures: no list to keep up to date.
 *
 * The disk's beginning goes last: it says where partitions were, and after an interruption it is all that the
 * next run knows of them. First it only loses what makes it a table, and bootable.
 *
 * Done before the first byte of the image; on the device when this returns.
 */
export async function wipeOldSignatures(
  target: Target,
  writer: DeviceWriter,
  { former, spared = [] }: WipeOptions = {},
): Promise<void> {
  const partitions = former ?? (await partitionsLeftOn(target, writer));
  const zero = async (ranges: readonly Range[]) => {
    for (const { start, end } of spared.reduce<Range[]>(withoutRange, [...ranges])) {
      await writer.writeZeros(start, end - start);
    }
  };
  const ends = endsOf(0, target.sizeBytes);
  // Partitions that stay are in a table of their own by now, which says nothing of the others.
  const isDisarmed = spared.length === 0 && (await disarm(target, writer));
  if (!isDisarmed) await zero(ends);
  // No old table may outlive what it describes, also when the power fails.
  await writer.flush();
  for (const { offsetBytes, sizeBytes } of partitions) {
    await zero(endsOf(offsetBytes, Math.min(offsetBytes + sizeBytes, target.sizeBytes)));
  }
  await writer.flush();
  if (!isDisarmed) return;
  await zero(ends);
  await writer.flush();
}

/**
 * Takes from a disk its boot code and all by which its tables are recognised, but not their partitions: in the first
 * two sectors, and the last one. False for a disk that cannot be read there.
 */
async function disarm({ sizeBytes }: Target, writer: DeviceWriter): Promise<boolean> {
  const tailAt = sizeBytes - largestSectorBytes;
  let head: Buffer;
  let tail: Buffer;
  try {
    head = Buffer.from(await writer.read(0, 2 * largestSectorBytes));
    tail = Buffer.from(await writer.read(tailAt, largestSectorBytes));
  } catch (error) {
    if (error instanceof WriteError) return false;
    throw error;
  }
  head.fill(0, 0, mbr.recordsOffset);
  head.fill(0, mbr.signatureOffset, mbr.signatureOffset + 2);
  for (const place of tableSectorBytes)
    if (hasSignature(head, place)) head.fill(0, place, place + gptSignature.length);
  await writer.write(0, head);
  // One may be left of a table for the other size.
  const places = tableSectorBytes
    .map((bytes) => tail.length - bytes)
    .filter((place) => hasSignature(tail, place));
  for (const place of places) tail.fill(0, place, place + gptSignature.length);
  if (places.length > 0) await writer.write(tailAt, tail);
  return true;
}

/**
 * Where partitions are: those that the kernel knew when the target was checked, and those in what is
 * left of a table on the disk, at either end. A disk that cannot be read there may still be written to.
 */
export async function partitionsLeftOn(
  target: Target,
  reader: Pick<DeviceWriter, 'read'>,
): Promise<DeviceRange[]> {
  const known = target.partitions.map(({ startBytes, sizeBytes }) => {
    return { offsetBytes: startBytes, sizeBytes };
  });
  const { sizeBytes, sectorSizeBytes } = target;
  const left = await ifReadable(async () => {
    const head = await reader.read(0, Math.min(tableBytes, sizeBytes));
    return formerPartitions(head, sectorSizeBytes, sizeBytes);
  });
  // The kernel takes none from a backup, and the first copy may be gone.
  const inTable = await ifReadable(async () => {
    const { table } = await readDiskTable((at, length) => reader.read(at, length), target);
    return table?.gpt.partitions ?? [];
  });
  return [...known, ...left, ...inTable];
}

async function ifReadable(look: () => Promise<readonly DeviceRange[]>) {
  try {
    return await look();
  } catch (error) {
    if (error instanceof WriteError) return [];
    throw error;
  }
}

/** Both ends of a range. */
function endsOf(startBytes: number, endBytes: number): readonly [Range, Range] {
  const middle = Math.min(startBytes + marginBytes, endBytes);
  return [
    { start: startBytes, end: middle },
    { start: Math.max(middle, endBytes - marginBytes), end: endBytes },
  ];
}
