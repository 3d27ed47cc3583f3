import { open } from 'node:fs/promises';

const sectorBytes = 512;
/** From the member's end, and then down to a multiple of 4 KiB (md.4, metadata 1.0). */
const fromEndBytes = 8 * 1024;

/**
 * Makes a range of a disk or file one half of a mirror (RAID 1), as `mdadm --metadata=1.0` does: with a
 * superblock at its end, which the data before it does not reach. mdadm itself needs the kernel's driver.
 * Source of the places: struct mdp_superblock_1 in linux/raid/md_p.h.
 */
export async function makeRaidMember(
  path: string,
  { offsetBytes, sizeBytes }: { readonly offsetBytes: number; readonly sizeBytes: number },
): Promise<void> {
  const atBytes = Math.floor((sizeBytes - fromEndBytes) / 4096) * 4096;
  const devices = 2;
  const superblock = Buffer.alloc(256 + 2 * devices);
  superblock.writeUInt32LE(0xa92b4efc, 0);
  superblock.writeUInt32LE(1, 4);
  superblock.write('0123456789abcdef', 16, 'latin1');
  superblock.write('host:md-boot', 32, 'latin1');
  superblock.writeUInt32LE(1, 72);
  const dataSectors = BigInt(atBytes / sectorBytes);
  superblock.writeBigUInt64LE(dataSectors, 80);
  superblock.writeUInt32LE(devices, 92);
  superblock.writeBigUInt64LE(dataSectors, 136);
  superblock.writeBigUInt64LE(dataSectors, 144);
  superblock.writeUInt32LE(devices, 220);
  superblock.writeUInt16LE(1, 258);
  superblock.writeUInt32LE(checksum(superblock), 216);
  await using disk = await open(path, 'r+');
  await disk.write(superblock, 0, superblock.length, offsetBytes + atBytes);
  await disk.sync();
}

/** The sum of its words, without the checksum itself. */
function checksum(superblock: Buffer): number {
  let sum = 0;
  for (let at = 0; at < superblock.length; at += 4) sum += superblock.readUInt32LE(at);
  return (sum % 2 ** 32) + Math.floor(sum / 2 ** 32);
}
