import { crc32 } from 'node:zlib';
import { badHeader, GptError, tooShort } from './gpt-error.ts';
import {
  entriesRange,
  entryBytes,
  type GptHeader,
  hasSignature,
  parseHeader,
  readGuid,
  readLba,
  type SectorSizeBytes,
  viewOf,
} from './gpt-header.ts';

export { GptError } from './gpt-error.ts';
export type { SectorSizeBytes } from './gpt-header.ts';

/** A GUID partition table, as UEFI specification 2.10 §5.3 defines it. */
export interface Gpt {
  readonly sectorSizeBytes: SectorSizeBytes;
  readonly diskGuid: string;
  readonly firstUsableLba: number;
  readonly lastUsableLba: number;
  /** Where the backup header is: in the last sector of the disk that the table was made for. */
  readonly alternateLba: number;
  /** Size of the smallest disk that holds the table and its backup. */
  readonly requiredDiskBytes: number;
  readonly partitions: readonly GptPartition[];
}

export interface GptPartition {
  readonly number: number;
  readonly typeGuid: string;
  readonly uniqueGuid: string;
  readonly firstLba: number;
  /** Inclusive. */
  readonly lastLba: number;
  readonly name: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

const noType = '00000000-0000-0000-0000-000000000000';

/**
 * Reads the table from the first bytes of a disk or image (1 MiB is plenty). Its sector size
 * follows from where the header is. Throws `GptError`.
 */
export function parseGpt(head: Uint8Array): Gpt {
  const sizes = ([512, 4096] as const).filter((size) => hasSignature(head, size));
  const [first, ...others] = sizes;
  if (!first) throw new GptError('none', 'there is no partition table (GPT)');
  try {
    return parseAt(head, first);
  } catch (error) {
    // A table of the other sector size may exist next to the remains of an older one.
    for (const size of others) return parseAt(head, size);
    throw error;
  }
}

function parseAt(head: Uint8Array, sectorSizeBytes: SectorSizeBytes): Gpt {
  const header = parseHeader(
    head.subarray(sectorSizeBytes, 2 * sectorSizeBytes),
    1,
    sectorSizeBytes,
  );
  const { offsetBytes, sizeBytes } = entriesRange(header);
  if (offsetBytes + sizeBytes > head.length) throw tooShort();
  return tableOf(header, head.subarray(offsetBytes, offsetBytes + sizeBytes));
}

/** The table that one of its two headers and its entries give. Throws `GptError`. */
export function tableOf(header: GptHeader, array: Uint8Array): Gpt {
  const { sectorSizeBytes, firstUsableLba, lastUsableLba, myLba } = header;
  if (!entriesAreWhole(header, array))
    throw new GptError('bad-crc', 'its entries are damaged (CRC)');
  const partitions = readEntries(header, array);
  const backupHeaderLba = Math.max(myLba, header.alternateLba);
  const arraySectors = Math.ceil(array.length / sectorSizeBytes);
  if (myLba === 1 && firstUsableLba < header.entriesLba + arraySectors)
    throw badHeader('its entries lie in the usable sectors');
  if (firstUsableLba > lastUsableLba || lastUsableLba >= backupHeaderLba)
    throw badHeader('its range of usable sectors is invalid');
  checkRanges(partitions, firstUsableLba, lastUsableLba);
  // The backup entries are before the backup header, whatever the header says is usable.
  const backupLba = backupHeaderLba - arraySectors;
  const into = partitions.find(({ lastLba }) => lastLba >= backupLba);
  if (into !== undefined)
    throw new GptError('bad-range', `its partition ${into.number} overlaps the backup table`);
  return {
    sectorSizeBytes,
    diskGuid: header.diskGuid,
    firstUsableLba,
    lastUsableLba,
    alternateLba: backupHeaderLba,
    requiredDiskBytes: (backupHeaderLba + 1) * sectorSizeBytes,
    partitions,
  };
}

/** By their checksum. */
export function entriesAreWhole({ entriesCrc }: GptHeader, array: Uint8Array): boolean {
  return crc32(array) === entriesCrc;
}

function readEntries(
  { entryCount, entrySizeBytes, sectorSizeBytes }: GptHeader,
  array: Uint8Array,
): GptPartition[] {
  return Array.from({ length: entryCount }, (_, index) => {
    const at = index * entrySizeBytes;
    const entry = viewOf(array.subarray(at, at + entryBytes));
    return readEntry(entry, index + 1, sectorSizeBytes);
  }).filter((partition) => partition !== undefined);
}

function readEntry(
  entry: DataView,
  number: number,
  sectorSizeBytes: SectorSizeBytes,
): GptPartition | undefined {
  const typeGuid = readGuid(entry, 0);
  if (typeGuid === noType) return undefined;
  const firstLba = readLba(entry, 32);
  const lastLba = readLba(entry, 40);
  return {
    number,
    typeGuid,
    uniqueGuid: readGuid(entry, 16),
    firstLba,
    lastLba,
    name: readName(entry, 56),
    offsetBytes: firstLba * sectorSizeBytes,
    sizeBytes: (lastLba - firstLba + 1) * sectorSizeBytes,
  };
}

function checkRanges(
  partitions: readonly GptPartition[],
  firstUsableLba: number,
  lastUsableLba: number,
): void {
  let end = firstUsableLba - 1;
  for (const { number, firstLba, lastLba } of partitions.toSorted(
    (a, b) => a.firstLba - b.firstLba,
  )) {
    if (firstLba < firstUsableLba || lastLba > lastUsableLba || lastLba < firstLba)
      throw new GptError('bad-range', `its partition ${number} lies outside the usable sectors`);
    if (firstLba <= end)
      throw new GptError('bad-range', `its partition ${number} overlaps another one`);
    end = lastLba;
  }
}

function readName(view: DataView, offsetBytes: number): string {
  let name = '';
  for (let at = offsetBytes; at < entryBytes; at += 2) {
    const unit = view.getUint16(at, true);
    if (unit === 0) break;
    name += String.fromCharCode(unit);
  }
  return name;
}
