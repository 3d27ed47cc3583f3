import { mergedTable, savedOnlyTable, type TableWithMbr } from '../disk/gpt/saved-tables.ts';
import { verifyTable } from '../disk/gpt/verify-table.ts';
import type { DeviceRange } from '../disk/look/probe.ts';
import type { Target } from '../disk/look/target.ts';
import type { OwnedDisk } from '../disk/own/owned-disk.ts';
import { type Range, withoutRange } from '../disk/write/ranges.ts';
import { partitionsLeftOn, wipeOldSignatures } from '../disk/write/wipe.ts';
import type { DeviceWriter, WriterOptions } from '../disk/write/writer.ts';
import { TargetError, WriteError } from '../lib/errors.ts';
import type { Plan } from '../plan/plan.ts';
import { renumbered, type SavedPlan } from '../plan/saved-partitions.ts';
import { comparePieces, type Piece, writePieces } from './table-pieces.ts';
import type { TableWrites } from './table-writes.ts';

/**
 * Some partitions stay: they are in a valid table at every moment, also when the power fails. A table
 * is its header in sector 1, which names the place of the entries; a disk writes a sector entirely or
 * not at all. So new entries are written to a place that the header does not name, and the header is
 * replaced when they are on stable storage: first by that of a table with the saved partitions only,
 * from which nothing boots, and at the very end by that of the new system. The kernel reads a table
 * only after a protective MBR, which is therefore there all the time. The copy at the end of the disk
 * is replaced while the first one is good.
 *
 * Nothing else is written to these places and to the saved partitions: the open disk refuses it.
 */
export function savedTable(
  plan: Plan,
  saved: SavedPlan,
  disk: OwnedDisk,
  use: WriterOptions,
): TableWrites {
  const { target, image } = plan;
  const only = savedOnlyTable(saved.table.header, saved.partitions, saved.places);
  const present = piecesOf(only, saved.places.arrayLba, target);
  const savedRanges = saved.partitions.map(rangeOf);
  const tableRanges = [present.mbr, present.header, present.array, present.tail].map(placeOf);
  disk.file.spare({ saved: savedRanges, table: tableRanges });

  /** Each group of pieces is on stable storage before the next one. */
  const write = async (device: DeviceWriter, ...groups: (readonly Piece[])[]) => {
    for (const pieces of groups) await writePieces(device, pieces);
  };
  const onTable = async <T>(work: (device: DeviceWriter) => Promise<T>, options = use) =>
    await disk.write({ ...options, ofTable: true }, work);

  return {
    cleared: 'saved-only',

    async recheck() {
      await disk.write({}, (device) => refuseChanged(plan, saved, device));
    },

    async clear(device, onCleared) {
      // While the old table is on the disk.
      const former = [...(await partitionsLeftOn(target, device)), ...formerOf(saved)];
      const { mbr, array, header, tail } = present;
      await onTable(async (table) => {
        // One good copy stays, whichever it is.
        if (saved.table.copy === 'primary') await write(table, [mbr], [tail], [array], [header]);
        else await write(table, [mbr], [array], [header], [tail]);
        await comparePieces(target, table, [mbr, array, header, tail]);
      });
      await verifyTable(target);
      onCleared();
      await wipeOldSignatures(target, device, {
        former,
        spared: [...savedRanges, ...tableRanges],
      });
    },

    async commit(head, beforeLast) {
      const table = mergedTable(head, image.gpt, renumbered(saved), target.sizeBytes);
      const { mbr, array, header, tail } = piecesOf(table, table.arrayLba, target);
      const unseen = [tail, array, ...restOf(head, [...tableRanges, placeOf(array)])];
      return await onTable(async (device) => {
        await write(device, unseen);
        await comparePieces(target, device, unseen);
        await beforeLast();
        await write(device, [mbr], [header]);
        await comparePieces(target, device, [mbr, header]);
        await verifyTable(target);
        return await putBack(plan, device, pieceOf(head, placeOf(present.array)));
      });
    },

    async withdraw() {
      const { mbr, array, header, tail } = present;
      // The merged header names the saved partitions, too: it stays unless the entries of the other
      // one are there.
      await onTable(async (device) => {
        await writePieces(device, [array]);
        await comparePieces(target, device, [array]);
      }, {});
      const errors: unknown[] = [];
      for (const piece of [header, mbr, tail]) {
        const writing = onTable((device) => writePieces(device, [piece]), {});
        await writing.catch((error: unknown) => errors.push(error));
      }
      if (errors.length > 0) throw errors[0];
      await onTable((device) => comparePieces(target, device, [header, mbr, tail, array]), {});
    },

    notWithdrawn: 'the table with the saved partitions only could not be restored',
    newPartitions: [...image.gpt.partitions, ...renumbered(saved)],
    leftPartitions: saved.partitions,
  };
}

/** Also where the backup of a disk that has grown since was. */
function formerOf({ table: { gpt } }: SavedPlan): DeviceRange[] {
  const { sectorSizeBytes, requiredDiskBytes } = gpt;
  const backup = { offsetBytes: requiredDiskBytes - sectorSizeBytes, sizeBytes: sectorSizeBytes };
  return [...gpt.partitions, backup];
}

function piecesOf(
  { mbr, header, array, tail }: TableWithMbr,
  arrayLba: number,
  { sizeBytes, sectorSizeBytes }: Target,
): Record<'mbr' | 'header' | 'array' | 'tail', Piece> {
  return {
    mbr: { offsetBytes: 0, bytes: mbr },
    header: { offsetBytes: sectorSizeBytes, bytes: header },
    array: { offsetBytes: arrayLba * sectorSizeBytes, bytes: array },
    tail: { offsetBytes: sizeBytes - tail.length, bytes: tail },
  };
}

/** What the image has before its first partition, outside of these ranges. */
function restOf(head: Uint8Array, without: readonly Range[]): Piece[] {
  return without
    .reduce<Range[]>(withoutRange, [{ start: 0, end: head.length }])
    .map((range) => pieceOf(head, range));
}

function pieceOf(head: Uint8Array, { start, end }: Range): Piece {
  return { offsetBytes: start, bytes: head.subarray(start, end) };
}

function placeOf({ offsetBytes, bytes }: Piece): Range {
  return { start: offsetBytes, end: offsetBytes + bytes.length };
}

function rangeOf({ offsetBytes, sizeBytes }: DeviceRange): Range {
  return { start: offsetBytes, end: offsetBytes + sizeBytes };
}

/** The place of the array that nothing names any more gets what the image has there. */
async function putBack({ target }: Plan, device: DeviceWriter, piece: Piece): Promise<string[]> {
  try {
    await writePieces(device, [piece]);
    await comparePieces(target, device, [piece]);
    return [];
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    return [
      `${target.path} is complete, but bytes of an unused partition table are left on it (${error.failure.why}).`,
    ];
  }
}

/** Somebody may have partitioned the disk while the user read the plan. */
async function refuseChanged(
  { target }: Plan,
  { table }: SavedPlan,
  device: DeviceWriter,
): Promise<void> {
  const { header, headerOffsetBytes, array, arrayRange } = table;
  const isSame =
    Buffer.compare(await device.read(headerOffsetBytes, header.length), header) === 0 &&
    Buffer.compare(await device.read(arrayRange.offsetBytes, array.length), array) === 0;
  if (isSame) return;
  throw new TargetError({
    code: 'saved-partition-table-changed',
    failed: `Cannot save partitions of ${target.path}`,
    why: 'its partition table has changed since the plan was made',
    next: 'Run the same command again, and read its plan.',
  });
}
