import { buildTable } from './build-table.ts';
import type { Gpt } from './gpt.ts';
import { entriesRange, parseHeader } from './gpt-header.ts';
import { stretchProtectiveMbr } from './protective-mbr.ts';

/** Both ends of a disk whose backup GPT is where it belongs: in the last sector. */
export interface RelocatedGpt {
  /** Same length as the head that was given; goes to byte 0. */
  readonly head: Uint8Array;
  /** Backup entry array and backup header; its last byte is the disk's last byte. */
  readonly tail: Uint8Array;
}

/**
 * Fits an image's GPT to a disk that may be larger than the image: the header names the disk's
 * last sector as the place of its backup, the usable area ends before it, and the protective MBR
 * covers the whole disk. Partitions and identifiers stay as they are (UEFI 2.10 §5.3.2).
 *
 * `head` is the image's beginning, at least up to the end of the entry array.
 */
export function relocateGpt(head: Uint8Array, gpt: Gpt, diskSizeBytes: number): RelocatedGpt {
  const sector = gpt.sectorSizeBytes;
  const newHead = Uint8Array.from(head);
  const image = imageTable(newHead, gpt);
  const { header, tail } = buildTable(image.header, image.entries, {
    sectorSizeBytes: sector,
    diskSizeBytes,
    arrayLba: image.arrayLba,
  });
  newHead.set(header, sector);
  stretchProtectiveMbr(newHead, BigInt(Math.floor(diskSizeBytes / sector) - 1));
  return { head: newHead, tail };
}

/** The bytes of an image's table, in its head. */
export function imageTable(head: Uint8Array, { sectorSizeBytes }: Gpt) {
  const header = head.subarray(sectorSizeBytes, 2 * sectorSizeBytes);
  const parsed = parseHeader(header, 1, sectorSizeBytes);
  const { offsetBytes, sizeBytes } = entriesRange(parsed);
  return {
    header,
    arrayLba: parsed.entriesLba,
    entryCount: parsed.entryCount,
    entrySizeBytes: parsed.entrySizeBytes,
    entries: head.subarray(offsetBytes, offsetBytes + sizeBytes),
  };
}

/** Size of the backup table at the end of the image: whole sectors of entries, and the header. */
export function backupTableSizeBytes(head: Uint8Array, gpt: Gpt): number {
  const sector = gpt.sectorSizeBytes;
  return (Math.ceil(imageTable(head, gpt).entries.length / sector) + 1) * sector;
}
