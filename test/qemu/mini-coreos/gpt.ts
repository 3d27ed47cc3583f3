import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The sector of a disk that GRUB's BIOS parts count in. */
export const sectorBytes = 512;

/** One partition of a layout, with its place on the disk. */
export interface Partition {
  name: string;
  /** The type's GUID, as text. */
  type: string;
  offsetBytes: number;
  lengthBytes: number;
}

const entryBytes = 128;
const entryCount = 128;
const tableBytes = entryBytes * entryCount;

/** Bytes for a place in an image. */
export interface Piece {
  offsetBytes: number;
  bytes: Buffer;
}

/**
 * Protective MBR, GPT and backup GPT (UEFI specification 2.10, section 5.3) of an image. The boot code
 * in the first 440 bytes is not among them.
 */
export function gptPieces(sizeBytes: number, partitions: Partition[], sectorSize: number): Piece[] {
  const sectors = sizeBytes / sectorSize;
  const tableSectors = tableBytes / sectorSize;
  const table = Buffer.alloc(tableBytes);
  for (const [index, partition] of partitions.entries()) {
    writeEntry(table.subarray(index * entryBytes), partition, sectorSize);
  }
  const disk = randomBytes(16);
  const header = (own: number, other: number, tableAt: number): Buffer => {
    const bytes = Buffer.alloc(92);
    bytes.write('EFI PART', 0, 'latin1');
    bytes.writeUInt32LE(0x00010000, 8);
    bytes.writeUInt32LE(92, 12);
    bytes.writeBigUInt64LE(BigInt(own), 24);
    bytes.writeBigUInt64LE(BigInt(other), 32);
    bytes.writeBigUInt64LE(BigInt(2 + tableSectors), 40);
    bytes.writeBigUInt64LE(BigInt(sectors - 2 - tableSectors), 48);
    disk.copy(bytes, 56);
    bytes.writeBigUInt64LE(BigInt(tableAt), 72);
    bytes.writeUInt32LE(entryCount, 80);
    bytes.writeUInt32LE(entryBytes, 84);
    bytes.writeUInt32LE(crc32(table), 88);
    bytes.writeUInt32LE(crc32(bytes), 16);
    return bytes;
  };
  const last = sectors - 1;
  return [
    { offsetBytes: 446, bytes: protectiveMbr(sectors) },
    { offsetBytes: sectorSize, bytes: header(1, last, 2) },
    { offsetBytes: 2 * sectorSize, bytes: table },
    { offsetBytes: (last - tableSectors) * sectorSize, bytes: table },
    { offsetBytes: last * sectorSize, bytes: header(last, 1, last - tableSectors) },
  ];
}

function writeEntry(entry: Buffer, partition: Partition, sectorSize: number): void {
  guid(partition.type).copy(entry, 0);
  randomBytes(16).copy(entry, 16);
  entry.writeBigUInt64LE(BigInt(partition.offsetBytes / sectorSize), 32);
  const end = (partition.offsetBytes + partition.lengthBytes) / sectorSize - 1;
  entry.writeBigUInt64LE(BigInt(end), 40);
  entry.write(partition.name, 56, 'utf16le');
}

/** From the four entries, at byte 446, to the sector's end. */
function protectiveMbr(sectors: number): Buffer {
  const bytes = Buffer.alloc(66);
  // Some BIOSes boot only from a disk with an active partition.
  Buffer.from([0x80, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff]).copy(bytes);
  bytes.writeUInt32LE(1, 8);
  bytes.writeUInt32LE(Math.min(sectors - 1, 0xffffffff), 12);
  bytes.writeUInt16LE(0xaa55, 64);
  return bytes;
}

/** A GUID's bytes: its first three fields are little-endian. */
function guid(text: string): Buffer {
  const hex = Buffer.from(text.replaceAll('-', ''), 'hex');
  hex.subarray(0, 4).reverse();
  hex.subarray(4, 6).reverse();
  hex.subarray(6, 8).reverse();
  return hex;
}
