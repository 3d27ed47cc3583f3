import { crc32 } from 'node:zlib';
import type { Gpt } from './gpt.ts';

/** Both ends of a disk whose backup GPT is where it belongs: in the last sector. */
export interface RelocatedGpt {
  /** Same length as the head that was given; goes to byte 0. */
  readonly head: Uint8Array;
  /** Backup entry array and backup header; its last byte is the disk's last byte. */
  readonly tail: Uint8Array;
}

/** Offsets in the GPT header, UEFI 2.10 table 5-5. */
const field = {
  headerSize: 12,
  headerCrc: 16,
  myLba: 24,
  alternateLba: 32,
  lastUsableLba: 48,
  entriesLba: 72,
  entryCount: 80,
  entrySize: 84,
} as const;

/** Offset and length of the first partition record of the protective MBR (UEFI 2.10 §5.2.3). */
const protectiveRecord = {
  offset: 446,
  type: 4,
  endChs: 5,
  startLba: 8,
  sizeLba: 12,
  gptType: 0xee,
} as const;

/**
 * Fits an image's GPT to a disk that may be larger than the image: the header names the disk's
 * last sector as the place of its backup, the usable area ends before it, and the protective MBR
 * covers the whole disk. Partitions and identifiers stay as they are (UEFI 2.10 §5.3.2).
 *
 * `head` is the image's beginning, at least up to the end of the entry array.
 */
export function relocateGpt(head: Uint8Array, gpt: Gpt, diskSizeBytes: number): RelocatedGpt {
  const sector = gpt.sectorSizeBytes;
  const lastLba = BigInt(Math.floor(diskSizeBytes / sector) - 1);
  const newHead = Uint8Array.from(head);
  const header = newHead.subarray(sector, 2 * sector);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);

  const entriesBytes = entryArrayBytes(view);
  const entriesSectors = Math.ceil(entriesBytes / sector);
  const entriesOffset = Number(view.getBigUint64(field.entriesLba, true)) * sector;
  const backupEntriesLba = lastLba - BigInt(entriesSectors);

  view.setBigUint64(field.alternateLba, lastLba, true);
  view.setBigUint64(field.lastUsableLba, backupEntriesLba - 1n, true);
  sealHeader(view);

  const tail = new Uint8Array((entriesSectors + 1) * sector);
  tail.set(newHead.subarray(entriesOffset, entriesOffset + entriesBytes));
  const backup = tail.subarray(entriesSectors * sector);
  backup.set(header);
  const backupView = new DataView(backup.buffer, backup.byteOffset, backup.byteLength);
  backupView.setBigUint64(field.myLba, lastLba, true);
  backupView.setBigUint64(field.alternateLba, 1n, true);
  backupView.setBigUint64(field.entriesLba, backupEntriesLba, true);
  sealHeader(backupView);

  stretchProtectiveMbr(newHead, lastLba);
  return { head: newHead, tail };
}

/** Size of the backup table at the end of the image: whole sectors of entries, and the header. */
export function backupTableSizeBytes(head: Uint8Array, gpt: Gpt): number {
  const sector = gpt.sectorSizeBytes;
  const view = new DataView(head.buffer, head.byteOffset + sector, sector);
  return (Math.ceil(entryArrayBytes(view) / sector) + 1) * sector;
}

function entryArrayBytes(header: DataView): number {
  return header.getUint32(field.entryCount, true) * header.getUint32(field.entrySize, true);
}

function sealHeader(view: DataView): void {
  const size = view.getUint32(field.headerSize, true);
  view.setUint32(field.headerCrc, 0, true);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, size);
  view.setUint32(field.headerCrc, crc32(bytes), true);
}

/** A hybrid MBR, whose first record is not the protective one, is left alone. */
function stretchProtectiveMbr(head: Uint8Array, lastLba: bigint): void {
  const view = new DataView(head.buffer, head.byteOffset + protectiveRecord.offset, 16);
  if (view.getUint8(protectiveRecord.type) !== protectiveRecord.gptType) return;
  if (view.getUint32(protectiveRecord.startLba, true) !== 1) return;
  const sectors = lastLba > 0xffff_ffffn ? 0xffff_ffff : Number(lastLba);
  view.setUint32(protectiveRecord.sizeLba, sectors, true);
  for (const [index, byte] of cylinderHeadSector(sectors).entries()) {
    view.setUint8(protectiveRecord.endChs + index, byte);
  }
}

/** The sector as old BIOSes count, with 255 heads and 63 sectors; all ones where that ends. */
function cylinderHeadSector(lba: number): [number, number, number] {
  const cylinder = Math.floor(lba / (255 * 63));
  if (cylinder > 1023) return [0xff, 0xff, 0xff];
  const head = Math.floor(lba / 63) % 255;
  const sector = (lba % 63) + 1;
  return [head, sector | ((cylinder >> 2) & 0xc0), cylinder & 0xff];
}
