import { WriteError } from '../../lib/errors.ts';
import { formerPartitions } from '../gpt/former-partitions.ts';
import type { DeviceRange } from '../look/probe.ts';
import type { Target } from '../look/target.ts';
import type { DeviceWriter } from './writer.ts';

/** Every signature that libblkid knows is within this distance of an end of its device. */
const marginBytes = 1024 * 1024;

/**
 * Removes what is left from before and would make the disk bootable, or confuse a later boot, where
 * the image does not cover it: the table at both ends of the disk, and at both ends of every old
 * partition the signatures of file systems, LVM (first sectors), md (either end), LUKS, swap, ZFS
 * (512 KiB at both ends). Otherwise an old volume group or array would be activated in the new
 * system. Whole ranges are zeroed rather than single signatures: no list to keep up to date.
 *
 * Done before the first byte of the image, while `target.partitions`, or what is left of a table on
 * the disk, still shows where the old partitions are. On the device when this returns.
 */
export async function wipeOldSignatures(target: Target, writer: DeviceWriter): Promise<void> {
  const former = await partitionsLeftOn(target, writer);
  await wipeEnds(0, target.sizeBytes, writer);
  // No old table may outlive what it describes, also when the power fails.
  await writer.flush();
  const known = target.partitions.map(({ startBytes, sizeBytes }) => {
    return { offsetBytes: startBytes, sizeBytes };
  });
  for (const { offsetBytes, sizeBytes } of [...known, ...former]) {
    await wipeEnds(offsetBytes, Math.min(offsetBytes + sizeBytes, target.sizeBytes), writer);
  }
  await writer.flush();
}

/** A disk that cannot be read there may still be written to. */
async function partitionsLeftOn(target: Target, writer: DeviceWriter): Promise<DeviceRange[]> {
  const headBytes = Math.min(marginBytes, target.sizeBytes);
  try {
    const head = await writer.read(0, headBytes);
    return formerPartitions(head, target.sectorSizeBytes, target.sizeBytes);
  } catch (error) {
    if (error instanceof WriteError) return [];
    throw error;
  }
}

async function wipeEnds(startBytes: number, endBytes: number, writer: DeviceWriter): Promise<void> {
  const firstBytes = Math.min(marginBytes, endBytes - startBytes);
  await writer.writeZeros(startBytes, firstBytes);
  const tailBytes = Math.min(marginBytes, endBytes - startBytes - firstBytes);
  await writer.writeZeros(endBytes - tailBytes, tailBytes);
}
