import { crc32 } from 'node:zlib';

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

export type SectorSizeBytes = 512 | 4096;

export type GptProblem =
  /** No header at byte 512 or 4096. */
  | 'none'
  /** A header with impossible values. */
  | 'bad-header'
  | 'bad-crc'
  /** The bytes given end before the table does. */
  | 'too-short'
  /** A partition outside the usable sectors, over another one or over the backup table. */
  | 'bad-range';

/** Why bytes are not a partition table; the caller knows what they are and words the failure. */
export class GptError extends Error {
  override readonly name = 'GptError';
  readonly reason: GptProblem;

  constructor(reason: GptProblem, message: string) {
    super(message);
    this.reason = reason;
  }
}

const signature = 'EFI PART';
const revision = 0x0001_0000;
const minHeaderBytes = 92;
const headerCrcOffset = 16;
const entryBytes = 128;
const maxEntries = 1024;
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

function hasSignature(head: Uint8Array, offsetBytes: number): boolean {
  return ascii(head.subarray(offsetBytes, offsetBytes + signature.length)) === signature;
}

function parseAt(head: Uint8Array, sectorSizeBytes: SectorSizeBytes): Gpt {
  const sector = head.subarray(sectorSizeBytes, 2 * sectorSizeBytes);
  if (sector.length < sectorSizeBytes) throw tooShort();
  const view = viewOf(sector);
  const headerBytes = view.getUint32(12, true);
  if (view.getUint32(8, true) !== revision) throw badHeader('its revision is not 1.0');
  if (headerBytes < minHeaderBytes || headerBytes > sectorSizeBytes) {
    throw badHeader(`its header claims ${headerBytes} bytes`);
  }
  checkHeaderCrc(sector.subarray(0, headerBytes), view.getUint32(headerCrcOffset, true));
  if (readLba(view, 24) !== 1) throw badHeader('its header is not the primary one');

  const alternateLba = readLba(view, 32);
  const firstUsableLba = readLba(view, 40);
  const lastUsableLba = readLba(view, 48);
  const entries = readEntries(head, view, sectorSizeBytes);
  if (firstUsableLba * sectorSizeBytes < entries.endBytes) {
    throw badHeader('its entries lie in the usable sectors');
  }
  if (firstUsableLba > lastUsableLba || lastUsableLba >= alternateLba) {
    throw badHeader('its range of usable sectors is invalid');
  }
  const { partitions, sizeBytes: entriesBytes } = entries;
  checkRanges(partitions, firstUsableLba, lastUsableLba);
  // The backup entries are before the backup header, whatever the header says is usable.
  const backupLba = alternateLba - Math.ceil(entriesBytes / sectorSizeBytes);
  const into = partitions.find(({ lastLba }) => lastLba >= backupLba);
  if (into !== undefined) {
    const why = `its partition ${into.number} overlaps the backup table`;
    throw new GptError('bad-range', why);
  }
  return {
    sectorSizeBytes,
    diskGuid: readGuid(view, 56),
    firstUsableLba,
    lastUsableLba,
    alternateLba,
    requiredDiskBytes: (alternateLba + 1) * sectorSizeBytes,
    partitions,
  };
}

function checkHeaderCrc(header: Uint8Array, expected: number): void {
  // Not slice(): of a Buffer that is no copy.
  const zeroed = Uint8Array.from(header);
  zeroed.fill(0, headerCrcOffset, headerCrcOffset + 4);
  if (crc32(zeroed) !== expected) throw new GptError('bad-crc', 'its header is damaged (CRC)');
}

function readEntries(
  head: Uint8Array,
  header: DataView,
  sectorSizeBytes: SectorSizeBytes,
): {
  readonly partitions: GptPartition[];
  readonly sizeBytes: number;
  readonly endBytes: number;
} {
  const offsetBytes = readLba(header, 72) * sectorSizeBytes;
  const count = header.getUint32(80, true);
  const stepBytes = header.getUint32(84, true);
  if (offsetBytes < 2 * sectorSizeBytes) throw badHeader('its entries overlap its header');
  if (count < 1 || count > maxEntries) throw badHeader(`it claims ${count} entries`);
  // 128 × 2ⁿ, and never larger than a sector in practice.
  if (stepBytes < entryBytes || stepBytes > 4096 || (stepBytes & (stepBytes - 1)) !== 0) {
    throw badHeader(`its entries claim ${stepBytes} bytes each`);
  }
  const endBytes = offsetBytes + count * stepBytes;
  if (endBytes > head.length) throw tooShort();
  const array = head.subarray(offsetBytes, endBytes);
  if (crc32(array) !== header.getUint32(88, true)) {
    throw new GptError('bad-crc', 'its entries are damaged (CRC)');
  }
  const partitions: GptPartition[] = [];
  for (let index = 0; index < count; index++) {
    const entry = viewOf(array.subarray(index * stepBytes, index * stepBytes + entryBytes));
    const partition = readEntry(entry, index + 1, sectorSizeBytes);
    if (partition) partitions.push(partition);
  }
  return { partitions, sizeBytes: count * stepBytes, endBytes };
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
    if (firstLba < firstUsableLba || lastLba > lastUsableLba || lastLba < firstLba) {
      throw new GptError('bad-range', `its partition ${number} lies outside the disk`);
    }
    if (firstLba <= end) {
      throw new GptError('bad-range', `its partition ${number} overlaps another one`);
    }
    end = lastLba;
  }
}

/** A sector number, refused where its byte offset would not be an exact JavaScript number. */
function readLba(view: DataView, offsetBytes: number): number {
  const lba = Number(view.getBigUint64(offsetBytes, true));
  if (lba >= Number.MAX_SAFE_INTEGER / 4096) throw badHeader('it has an impossible sector number');
  return lba;
}

/** The first three fields are little-endian, the rest is in order (UEFI appendix A). */
function readGuid(view: DataView, offsetBytes: number): string {
  const hex = (value: number | bigint, digits: number) =>
    value.toString(16).toUpperCase().padStart(digits, '0');
  const rest = view.getBigUint64(offsetBytes + 8, false);
  return [
    hex(view.getUint32(offsetBytes, true), 8),
    hex(view.getUint16(offsetBytes + 4, true), 4),
    hex(view.getUint16(offsetBytes + 6, true), 4),
    hex(rest >> 48n, 4),
    hex(rest & 0xffff_ffff_ffffn, 12),
  ].join('-');
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

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function badHeader(message: string): GptError {
  return new GptError('bad-header', message);
}

function tooShort(): GptError {
  return new GptError('too-short', 'its partition table ends too early');
}
