import { viewOf } from './gpt-header.ts';

/** What the first sector of a disk says of its partitions. */
export type MbrKind =
  /** No records of partitions. */
  | 'none'
  /** A record that keeps the disk for a GPT, alone or with others (a hybrid MBR). */
  | 'protective'
  | 'partitions';

/** Places in the first sector (UEFI 2.10 §5.2). */
export const mbr = {
  recordsOffset: 446,
  recordBytes: 16,
  records: 4,
  signatureOffset: 510,
} as const;

/** Places in a record (UEFI 2.10 §5.2.3). */
export const record = { startChs: 1, type: 4, endChs: 5, startLba: 8, sizeLba: 12 } as const;
const gptType = 0xee;

export function mbrKind(sector: Uint8Array): MbrKind {
  const view = viewOf(sector);
  if (view.getUint16(mbr.signatureOffset, true) !== 0xaa55) return 'none';
  const types = Array.from({ length: mbr.records }, (_, index) =>
    view.getUint8(mbr.recordsOffset + index * mbr.recordBytes + record.type),
  );
  if (types.includes(gptType)) return 'protective';
  return types.some((type) => type !== 0) ? 'partitions' : 'none';
}

/**
 * `int 18h`, then `hlt` in a loop: "nothing to boot here", at which a BIOS goes on to its next boot device
 * (BIOS Boot Specification 1.01 §6.7). It runs the first sector of every disk that has a signature there,
 * and zeros as well, which end nowhere.
 */
const bootsNothing = [0xcd, 0x18, 0xf4, 0xeb, 0xfd];

/** A first sector that boots nothing, and keeps the whole disk for a GPT. */
export function protectiveMbr(sectorSizeBytes: number, diskSizeBytes: number): Uint8Array {
  const sector = new Uint8Array(sectorSizeBytes);
  sector.set(bootsNothing);
  const view = viewOf(sector);
  view.setUint16(mbr.signatureOffset, 0xaa55, true);
  view.setUint8(mbr.recordsOffset + record.startChs + 1, 2);
  view.setUint8(mbr.recordsOffset + record.type, gptType);
  view.setUint32(mbr.recordsOffset + record.startLba, 1, true);
  stretchProtectiveMbr(sector, BigInt(Math.floor(diskSizeBytes / sectorSizeBytes) - 1));
  return sector;
}

/** Whether the first record is the protective one; in a hybrid MBR it need not be. */
export function isStretchable(sector: Uint8Array): boolean {
  const view = viewOf(sector.subarray(mbr.recordsOffset, mbr.recordsOffset + mbr.recordBytes));
  return view.getUint8(record.type) === gptType && view.getUint32(record.startLba, true) === 1;
}

/** A hybrid MBR, whose first record is not the protective one, is left alone. */
export function stretchProtectiveMbr(sector: Uint8Array, lastLba: bigint): void {
  if (!isStretchable(sector)) return;
  const view = viewOf(sector.subarray(mbr.recordsOffset, mbr.recordsOffset + mbr.recordBytes));
  const sectors = lastLba > 0xffff_ffffn ? 0xffff_ffff : Number(lastLba);
  view.setUint32(record.sizeLba, sectors, true);
  for (const [index, byte] of cylinderHeadSector(sectors).entries()) {
    view.setUint8(record.endChs + index, byte);
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
