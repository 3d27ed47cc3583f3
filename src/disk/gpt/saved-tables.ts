import { arrayWith, type BuiltTable, buildTable, type NumberedEntry } from './build-table.ts';
import type { Gpt } from './gpt.ts';
import { protectiveMbr, stretchProtectiveMbr } from './protective-mbr.ts';
import { imageTable } from './relocate-gpt.ts';

/** The disk, and where the table with the saved partitions only has its array. */
export interface SavedPlaces {
  readonly sectorSizeBytes: number;
  readonly diskSizeBytes: number;
  /** Not a sector of the array that is on the disk, and not of the array of the image. */
  readonly arrayLba: number;
  /** As many as in the image's table. */
  readonly entryCount: number;
}

/** A table, and the first sector before it. */
export interface TableWithMbr extends BuiltTable {
  readonly mbr: Uint8Array;
}

/** How many sectors an array takes. */
export function arraySectors(entryCount: number, sectorSizeBytes: number): number {
  return Math.ceil((entryCount * 128) / sectorSizeBytes);
}

/**
 * A table with the saved partitions only. Nothing can boot from it: its boot code hands over to the next
 * device, and it has no ESP and no BIOS boot partition.
 */
export function savedOnlyTable(
  likeHeader: Uint8Array,
  entries: readonly NumberedEntry[],
  { sectorSizeBytes, diskSizeBytes, arrayLba, entryCount }: SavedPlaces,
): TableWithMbr {
  const firstUsableLba = arrayLba + arraySectors(entryCount, sectorSizeBytes);
  const place = { sectorSizeBytes, diskSizeBytes, arrayLba, firstUsableLba };
  return {
    mbr: protectiveMbr(sectorSizeBytes, diskSizeBytes),
    ...buildTable(likeHeader, arrayWith(entries, entryCount), place),
  };
}

/** The image's table, fitted to the disk, with the saved partitions. */
export function mergedTable(
  head: Uint8Array,
  gpt: Gpt,
  entries: readonly NumberedEntry[],
  diskSizeBytes: number,
): TableWithMbr & { readonly arrayLba: number } {
  const { sectorSizeBytes } = gpt;
  const image = imageTable(head, gpt);
  const { arrayLba } = image;
  const mbr = Uint8Array.from(head.subarray(0, sectorSizeBytes));
  stretchProtectiveMbr(mbr, BigInt(Math.floor(diskSizeBytes / sectorSizeBytes) - 1));
  const array = arrayWith(entries, image.entryCount, image.entries);
  const place = { sectorSizeBytes, diskSizeBytes, arrayLba };
  return { mbr, arrayLba, ...buildTable(image.header, array, place) };
}
