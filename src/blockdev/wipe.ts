import type { Target } from './target.ts';
import type { DeviceWriter } from './writer.ts';

/** Every signature that libblkid knows stands within this distance of an end of its device. */
const marginBytes = 1024 * 1024;

/**
 * Takes away whatever is left from before and would make the disk bootable, or confuse a later
 * boot, where the image does not cover it: the table at both ends of the disk, and at both ends
 * of every old partition the marks of file systems, LVM (first sectors), md (either end), LUKS,
 * swap, ZFS (512 KiB at both ends). Otherwise an old volume group or array comes to life beside
 * the new system. Zeros are written rather than single signatures: no list to keep up to date.
 *
 * Done before the first byte of the image, while `target.partitions` still tells where the old
 * partitions are. On the device when this returns.
 */
export async function wipeOldSignatures(target: Target, writer: DeviceWriter): Promise<void> {
  await wipeEnds(0, target.sizeBytes, writer);
  // No old table may outlive what it describes, also when the power goes.
  await writer.flush();
  for (const { startBytes, sizeBytes } of target.partitions) {
    await wipeEnds(startBytes, Math.min(startBytes + sizeBytes, target.sizeBytes), writer);
  }
  await writer.flush();
}

async function wipeEnds(startBytes: number, endBytes: number, writer: DeviceWriter): Promise<void> {
  const firstBytes = Math.min(marginBytes, endBytes - startBytes);
  await writer.writeZeros(startBytes, firstBytes);
  const tailBytes = Math.min(marginBytes, endBytes - startBytes - firstBytes);
  await writer.writeZeros(endBytes - tailBytes, tailBytes);
}
