import { WriteError } from '../../lib/errors.ts';
import { formerPartitions } from '../gpt/former-partitions.ts';
import type { DeviceRange } from '../look/probe.ts';
import type { Target } from '../look/target.ts';
import { type Range, withoutRange } from './ranges.ts';
import type { DeviceWriter } from './writer.ts';

/** Every signature that libblkid knows is within this distance of an end of its device. */
const marginBytes = 1024 * 1024;

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
 * Done before the first byte of the image; on the device when this returns.
 */
export async function wipeOldSignatures(
  target: Target,
  writer: DeviceWriter,
  { former, spared = [] }: WipeOptions = {},
): Promise<void> {
  const partitions = former ?? (await partitionsLeftOn(target, writer));
  const wipe = async (startBytes: number, endBytes: number) => {
    for (const { start, end } of endsOf(startBytes, Math.min(endBytes, target.sizeBytes), spared)) {
      await writer.writeZeros(start, end - start);
    }
  };
  await wipe(0, target.sizeBytes);
  // No old table may outlive what it describes, also when the power fails.
  await writer.flush();
  for (const { offsetBytes, sizeBytes } of partitions) {
    await wipe(offsetBytes, offsetBytes + sizeBytes);
  }
  await writer.flush();
}

/**
 * Where partitions are: those that the kernel knew when the target was checked, and those in what is
 * left of a table on the disk. A disk that cannot be read there may still be written to.
 */
export async function partitionsLeftOn(
  target: Target,
  reader: Pick<DeviceWriter, 'read'>,
): Promise<DeviceRange[]> {
  const known = target.partitions.map(({ startBytes, sizeBytes }) => {
    return { offsetBytes: startBytes, sizeBytes };
  });
  const headBytes = Math.min(marginBytes, target.sizeBytes);
  try {
    const head = await reader.read(0, headBytes);
    return [...known, ...formerPartitions(head, target.sectorSizeBytes, target.sizeBytes)];
  } catch (error) {
    if (error instanceof WriteError) return known;
    throw error;
  }
}

/** Both ends of a range, without what is spared. */
function endsOf(startBytes: number, endBytes: number, spared: readonly Range[]): Range[] {
  const middle = Math.min(startBytes + marginBytes, endBytes);
  const ends: readonly Range[] = [
    { start: startBytes, end: middle },
    { start: Math.max(middle, endBytes - marginBytes), end: endBytes },
  ];
  return spared.reduce<Range[]>(withoutRange, [...ends]);
}
