import { crc32 } from 'node:zlib';
import { badHeader, GptError, tooShort } from './gpt-error.ts';

export type SectorSizeBytes = 512 | 4096;

/** Offsets in the header, UEFI 2.10 table 5-5. */
export const headerField = {
  revision: 8,
  headerSize: 12,
  headerCrc: 16,
  myLba: 24,
  alternateLba: 32,
  firstUsableLba: 40,
  lastUsableLba: 48,
  diskGuid: 56,
  entriesLba: 72,
  entryCount: 80,
  entrySize: 84,
  entriesCrc: 88,
} as const;

export const gptSignature = 'EFI PART';
const revision = 0x0001_0000;
const minHeaderBytes = 92;
const maxEntries = 1024;
/** Size of what an entry holds; a table may reserve more for each. */
export const entryBytes = 128;

/** The header of one copy of a table: where its entries are, and which sectors may be used. */
export interface GptHeader {
  readonly sectorSizeBytes: SectorSizeBytes;
  /** Where this copy is: 1, or the last sector of the disk that the table was made for. */
  readonly myLba: number;
  readonly alternateLba: number;
  readonly firstUsableLba: number;
  readonly lastUsableLba: number;
  readonly diskGuid: string;
  readonly entriesLba: number;
  readonly entryCount: number;
  /** 128 in practice. */
  readonly entrySizeBytes: number;
  readonly entriesCrc: number;
}

export function hasSignature(bytes: Uint8Array, offsetBytes = 0): boolean {
  const found = bytes.subarray(offsetBytes, offsetBytes + gptSignature.length);
  return Buffer.from(found).toString('latin1') === gptSignature;
}

/** Reads the header in a sector, which was at `lba`. Throws `GptError`. */
export function parseHeader(
  sector: Uint8Array,
  lba: number,
  sectorSizeBytes: SectorSizeBytes,
): GptHeader {
  if (sector.length < sectorSizeBytes) throw tooShort();
  const view = viewOf(sector);
  const headerBytes = view.getUint32(headerField.headerSize, true);
  if (view.getUint32(headerField.revision, true) !== revision)
    throw badHeader('its revision is not 1.0');
  if (headerBytes < minHeaderBytes || headerBytes > sectorSizeBytes)
    throw badHeader(`its header claims ${headerBytes} bytes`);
  checkHeaderCrc(sector.subarray(0, headerBytes), view.getUint32(headerField.headerCrc, true));
  const myLba = readLba(view, headerField.myLba);
  if (myLba !== lba)
    throw badHeader(`its header is not the ${lba === 1 ? 'primary' : 'backup'} one`);
  const header = {
    sectorSizeBytes,
    myLba,
    alternateLba: readLba(view, headerField.alternateLba),
    firstUsableLba: readLba(view, headerField.firstUsableLba),
    lastUsableLba: readLba(view, headerField.lastUsableLba),
    diskGuid: readGuid(view, headerField.diskGuid),
    entriesLba: readLba(view, headerField.entriesLba),
    entryCount: view.getUint32(headerField.entryCount, true),
    entrySizeBytes: view.getUint32(headerField.entrySize, true),
    entriesCrc: view.getUint32(headerField.entriesCrc, true),
  };
  checkEntriesClaimed(header);
  return header;
}

/** Where the array of entries is. */
export function entriesRange({ entriesLba, entryCount, entrySizeBytes, ...header }: GptHeader) {
  const offsetBytes = entriesLba * header.sectorSizeBytes;
  return { offsetBytes, sizeBytes: entryCount * entrySizeBytes };
}

function checkEntriesClaimed({ entriesLba, entryCount, entrySizeBytes }: GptHeader): void {
  if (entriesLba < 2) throw badHeader('its entries overlap its header');
  if (entryCount < 1 || entryCount > maxEntries) throw badHeader(`it claims ${entryCount} entries`);
  // 128 × 2ⁿ, and never larger than a sector in practice.
  const isPower = (entrySizeBytes & (entrySizeBytes - 1)) === 0;
  if (entrySizeBytes < entryBytes || entrySizeBytes > 4096 || !isPower)
    throw badHeader(`its entries claim ${entrySizeBytes} bytes each`);
}

function checkHeaderCrc(header: Uint8Array, expected: number): void {
  // Not slice(): of a Buffer that is no copy.
  const zeroed = Uint8Array.from(header);
  zeroed.fill(0, headerField.headerCrc, headerField.headerCrc + 4);
  if (crc32(zeroed) !== expected) throw new GptError('bad-crc', 'its header is damaged (CRC)');
}

/** Gives a header that was changed its CRC. */
export function sealHeader(view: DataView): void {
  const size = view.getUint32(headerField.headerSize, true);
  view.setUint32(headerField.headerCrc, 0, true);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, size);
  view.setUint32(headerField.headerCrc, crc32(bytes), true);
}

/** A sector number, refused where its byte offset would not be an exact JavaScript number. */
export function readLba(view: DataView, offsetBytes: number): number {
  const lba = Number(view.getBigUint64(offsetBytes, true));
  if (lba >= Number.MAX_SAFE_INTEGER / 4096) throw badHeader('it has an impossible sector number');
  return lba;
}

/** The first three fields are little-endian, the rest is in order (UEFI appendix A). */
export function readGuid(view: DataView, offsetBytes: number): string {
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

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
