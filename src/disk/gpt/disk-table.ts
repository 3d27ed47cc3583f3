import type { DeviceRange } from '../look/probe.ts';
import { entriesAreWhole, type Gpt, tableOf } from './gpt.ts';
import { GptError } from './gpt-error.ts';
import {
  entriesRange,
  entryBytes,
  hasSignature,
  parseHeader,
  type SectorSizeBytes,
} from './gpt-header.ts';
import { type MbrKind, mbrKind } from './protective-mbr.ts';

/** The table that is on a disk, with its bytes. */
export interface DiskTable {
  /** The copy that it was read from: the first one if that is good. */
  readonly copy: 'primary' | 'backup';
  /** What the other copy is: with the same entries, with others, or none. */
  readonly otherCopy: 'same' | 'differs' | 'bad';
  /** Why that one is bad, where signs of it are left: `its entries are damaged (CRC)`. */
  readonly otherFault: string | undefined;
  readonly gpt: Gpt;
  /** The sector with the header. */
  readonly header: Uint8Array;
  readonly headerOffsetBytes: number;
  readonly array: Uint8Array;
  /** Where the array is. */
  readonly arrayRange: DeviceRange;
  readonly entrySizeBytes: number;
}

/** What is found in the places of a table. */
export interface TableFound {
  readonly mbr: MbrKind;
  readonly table: DiskTable | undefined;
  /** Why there is none, where signs of one are left: `its entries are damaged (CRC)`. */
  readonly fault: string | undefined;
  /** Why it is not known whether there is a table that firmware uses: the first sector has one, or could not be read. */
  readonly unreadable?: string;
  /** There is one, which was made for sectors of another size. */
  readonly isForOtherSectors?: boolean;
}

/** Reads any range of a disk, whole sectors or not. */
export type ReadRange = (offsetBytes: number, lengthBytes: number) => Promise<Uint8Array>;

export interface DiskShape {
  readonly sizeBytes: number;
  readonly sectorSizeBytes: number;
}

/**
 * Reads a disk's table from whichever of its copies is good, the first one before the backup in the
 * last sector. The backup is used where the first one is damaged, but not where that is whole and has
 * impossible partitions: the kernel uses the others in it, and the backup may be older. Rejects as
 * `read` does where even the first sector cannot be read.
 */
export async function readDiskTable(read: ReadRange, disk: DiskShape): Promise<TableFound> {
  const sector = disk.sectorSizeBytes as SectorSizeBytes;
  const lastLba = Math.floor(disk.sizeBytes / sector) - 1;
  const mbr = mbrKind(await read(0, sector));
  const first = await readCopy(read, 1, disk);
  // A backup of a disk that has grown is where the first header says.
  const place = 'gpt' in first ? first.gpt.alternateLba : lastLba;
  const second = await readCopy(read, Math.min(place, lastLba), disk);
  if ('gpt' in first) {
    const same = 'gpt' in second && Buffer.compare(first.array, second.array) === 0;
    const otherCopy = same ? 'same' : 'gpt' in second ? 'differs' : 'bad';
    const otherFault = 'gpt' in second ? undefined : second.fault;
    return { mbr, table: { copy: 'primary', otherCopy, otherFault, ...first }, fault: undefined };
  }
  if ('gpt' in second && !first.isWhole) {
    const other = { otherCopy: 'bad', otherFault: first.fault } as const;
    return { mbr, table: { copy: 'backup', ...other, ...second }, fault: undefined };
  }
  const fault = first.fault ?? ('gpt' in second ? undefined : second.fault);
  const isUnreadable = [first, second].some((copy) => 'isUnreadable' in copy);
  if (fault !== undefined) {
    const unreadable = isUnreadable && mbr !== 'none' && { unreadable: fault };
    return { mbr, table: undefined, fault, ...unreadable };
  }
  return { mbr, table: undefined, ...(await otherSectors(read, disk)) };
}

type Copy = Omit<DiskTable, 'copy' | 'otherCopy' | 'otherFault'>;

interface BadCopy {
  readonly fault: string | undefined;
  /** Its checksums are right. */
  readonly isWhole: boolean;
  /** The fault is that it cannot be read. */
  readonly isUnreadable?: boolean;
}

async function readCopy(
  read: ReadRange,
  lba: number,
  { sizeBytes, sectorSizeBytes }: DiskShape,
): Promise<Copy | BadCopy> {
  const sector = sectorSizeBytes as SectorSizeBytes;
  const headerOffsetBytes = lba * sector;
  let isWhole = false;
  const bad = (fault?: string): BadCopy => ({ fault, isWhole });
  try {
    const header = await read(headerOffsetBytes, sector);
    if (!hasSignature(header)) return bad();
    const parsed = parseHeader(header, lba, sector);
    const arrayRange = entriesRange(parsed);
    if (arrayRange.offsetBytes + arrayRange.sizeBytes > sizeBytes)
      return bad('its entries lie outside the disk');
    const array = await read(arrayRange.offsetBytes, arrayRange.sizeBytes);
    isWhole = entriesAreWhole(parsed, array);
    const gpt = tableOf(parsed, array);
    const beyond = gpt.partitions.find((one) => one.offsetBytes + one.sizeBytes > sizeBytes);
    if (beyond) return bad(`its partition ${beyond.number} lies outside the disk`);
    const { entrySizeBytes } = parsed;
    return { gpt, header, headerOffsetBytes, array, arrayRange, entrySizeBytes };
  } catch (error) {
    if (error instanceof GptError) return bad(error.message);
    // One copy is enough.
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    return { ...bad(`it cannot be read (${code})`), isUnreadable: true };
  }
}

/** A table that was made on a disk with sectors of another size, and copied from there. */
async function otherSectors(
  read: ReadRange,
  { sizeBytes, sectorSizeBytes }: DiskShape,
): Promise<Pick<TableFound, 'fault' | 'isForOtherSectors'>> {
  const other = sectorSizeBytes === 512 ? 4096 : 512;
  if (sizeBytes < 2 * other || !hasSignature(await read(other, 512))) return { fault: undefined };
  return { fault: `it is made for ${other}-byte sectors`, isForOtherSectors: true };
}

/** The 128 bytes of a partition. */
export function entryOfPartition({ array, entrySizeBytes }: DiskTable, number: number): Uint8Array {
  const at = (number - 1) * entrySizeBytes;
  return array.subarray(at, at + entryBytes);
}
