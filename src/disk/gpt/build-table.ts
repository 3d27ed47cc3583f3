import { crc32 } from 'node:zlib';
import { entryBytes, headerField, sealHeader, viewOf } from './gpt-header.ts';

/** A table for one disk, in the pieces in which it is written. */
export interface BuiltTable {
  /** One sector, for LBA 1. */
  readonly header: Uint8Array;
  /** Whole sectors. */
  readonly array: Uint8Array;
  /** Backup array and backup header; its last byte is the disk's last. */
  readonly tail: Uint8Array;
}

export interface TablePlace {
  readonly sectorSizeBytes: number;
  readonly diskSizeBytes: number;
  /** Where the array of the primary table is. */
  readonly arrayLba: number;
  /** As in the header that is given, if this is not. */
  readonly firstUsableLba?: number;
}

/**
 * Makes a table of these entries, whose header is otherwise like the one that is given: the backup in
 * the disk's last sectors, and all before it usable (UEFI 2.10 §5.3.2).
 */
export function buildTable(
  likeHeader: Uint8Array,
  entries: Uint8Array,
  { sectorSizeBytes, diskSizeBytes, arrayLba, firstUsableLba }: TablePlace,
): BuiltTable {
  const arraySectors = Math.ceil(entries.length / sectorSizeBytes);
  const lastLba = Math.floor(diskSizeBytes / sectorSizeBytes) - 1;
  const backupArrayLba = lastLba - arraySectors;
  const common = (view: DataView) => {
    if (firstUsableLba !== undefined) setLba(view, headerField.firstUsableLba, firstUsableLba);
    setLba(view, headerField.lastUsableLba, backupArrayLba - 1);
    const entrySize = view.getUint32(headerField.entrySize, true);
    view.setUint32(headerField.entryCount, entries.length / entrySize, true);
    view.setUint32(headerField.entriesCrc, crc32(entries), true);
  };
  const header = changed(likeHeader, (view) => {
    common(view);
    setLba(view, headerField.myLba, 1);
    setLba(view, headerField.alternateLba, lastLba);
    setLba(view, headerField.entriesLba, arrayLba);
  });
  const backupHeader = changed(header, (view) => {
    setLba(view, headerField.myLba, lastLba);
    setLba(view, headerField.alternateLba, 1);
    setLba(view, headerField.entriesLba, backupArrayLba);
  });
  const tail = new Uint8Array((arraySectors + 1) * sectorSizeBytes);
  tail.set(entries);
  tail.set(backupHeader, arraySectors * sectorSizeBytes);
  return { header, array: tail.slice(0, arraySectors * sectorSizeBytes), tail };
}

/** An entry, and the number of its partition. */
export interface NumberedEntry {
  readonly number: number;
  /** 128 bytes. */
  readonly entry: Uint8Array;
}

/** An array of `count` entries: those of another array, if one is given, and these. */
export function arrayWith(
  entries: readonly NumberedEntry[],
  count: number,
  before?: Uint8Array,
): Uint8Array {
  const array = new Uint8Array(count * entryBytes);
  if (before !== undefined) array.set(before);
  for (const { number, entry } of entries) array.set(entry, (number - 1) * entryBytes);
  return array;
}

function changed(sector: Uint8Array, change: (view: DataView) => void): Uint8Array {
  // Not slice(): of a Buffer that is no copy.
  const copy = Uint8Array.from(sector);
  const view = viewOf(copy);
  change(view);
  sealHeader(view);
  return copy;
}

function setLba(view: DataView, offsetBytes: number, lba: number): void {
  view.setBigUint64(offsetBytes, BigInt(lba), true);
}
