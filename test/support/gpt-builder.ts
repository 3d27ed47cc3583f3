import { crc32 } from 'node:zlib';

export interface BuiltPartition {
  readonly number: number;
  readonly firstLba: number;
  readonly lastLba: number;
  readonly name: string;
  /** The 16 bytes of its type on the disk, in hexadecimal; default: an unknown type. */
  readonly type?: string;
}

export interface GptShape {
  readonly sectorSizeBytes: 512 | 4096;
  readonly diskSectors: number;
  readonly partitions: readonly BuiltPartition[];
  readonly entryBytes?: number;
  readonly entryCount?: number;
  /** The last usable sector according to the header; default: the one before the backup table. */
  readonly lastUsableLba?: number;
  /** Added to the number of a partition, for each byte of its GUID. */
  readonly guidBase?: number;
}

/** How many sectors the entries take, at either end. */
export function entrySectors({
  sectorSizeBytes,
  entryBytes = 128,
  entryCount = 128,
}: Pick<GptShape, 'sectorSizeBytes' | 'entryBytes' | 'entryCount'>): number {
  return Math.ceil((entryCount * entryBytes) / sectorSizeBytes);
}

/** The beginning of a disk with this table: sector 0, the header, the entries. */
export function buildGptHead(shape: GptShape): Buffer {
  const { sectorSizeBytes, diskSectors, partitions, entryBytes = 128, entryCount = 128 } = shape;
  const arraySectors = entrySectors(shape);
  const { lastUsableLba = diskSectors - 2 - arraySectors } = shape;
  const head = Buffer.alloc((2 + arraySectors) * sectorSizeBytes);

  const array = head.subarray(2 * sectorSizeBytes, 2 * sectorSizeBytes + entryCount * entryBytes);
  for (const { number, firstLba, lastLba, name, type } of partitions) {
    const entry = array.subarray((number - 1) * entryBytes, number * entryBytes);
    entry.fill(0x11, 0, 16);
    if (type !== undefined) entry.write(type, 0, 16, 'hex');
    entry.fill(number + (shape.guidBase ?? 0), 16, 32);
    entry.writeBigUInt64LE(BigInt(firstLba), 32);
    entry.writeBigUInt64LE(BigInt(lastLba), 40);
    entry.write(name, 56, 72, 'utf16le');
  }

  const header = head.subarray(sectorSizeBytes, sectorSizeBytes + 92);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(BigInt(diskSectors - 1), 32);
  header.writeBigUInt64LE(BigInt(2 + arraySectors), 40);
  header.writeBigUInt64LE(BigInt(lastUsableLba), 48);
  header.fill(0x22, 56, 72);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(entryCount, 80);
  header.writeUInt32LE(entryBytes, 84);
  header.writeUInt32LE(crc32(array), 88);
  header.writeUInt32LE(crc32(header), 16);
  return head;
}

/** The end of that disk: the entries again, and the backup header in the last sector. */
export function buildBackup(shape: GptShape): Buffer {
  const { sectorSizeBytes, diskSectors } = shape;
  const arraySectors = entrySectors(shape);
  const head = buildGptHead(shape);
  const array = head.subarray(2 * sectorSizeBytes);
  const header = Buffer.from(head.subarray(sectorSizeBytes, 2 * sectorSizeBytes));
  header.writeBigUInt64LE(BigInt(diskSectors - 1), 24);
  header.writeBigUInt64LE(1n, 32);
  header.writeBigUInt64LE(BigInt(diskSectors - 1 - arraySectors), 72);
  header.writeUInt32LE(0, 16);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
  return Buffer.concat([array, header]);
}
