import { type DiskTable, entryOfPartition, type TableFound } from '../disk/gpt/disk-table.ts';
import { isStretchable } from '../disk/gpt/protective-mbr.ts';
import { imageTable } from '../disk/gpt/relocate-gpt.ts';
import { arraySectors, type SavedPlaces } from '../disk/gpt/saved-tables.ts';
import { type DiskContents, isBootType } from '../disk/look/contents.ts';
import type { Target } from '../disk/look/target.ts';
import { TargetError } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { nameOfPartition, type PartitionFate, rivalOf } from './partition-fates.ts';
import type { ImagePlan } from './plan-image.ts';

/** A partition that is saved, and its number in the table of the new system. */
export interface SavedPartition extends PartitionFate {
  readonly newNumber: number;
  /** Its 128 bytes in the table. */
  readonly entry: Uint8Array;
}

/** What stays on the disk, and the places of the tables that keep it. */
export interface SavedPlan {
  /** As it was on the disk when the plan was made. */
  readonly table: DiskTable;
  /** At least one. */
  readonly partitions: readonly SavedPartition[];
  readonly places: SavedPlaces;
  /** Where the first of them begins: the image must end before. */
  readonly limitBytes: number;
}

/** The saved partitions as the new system has them. */
export function renumbered({ partitions }: SavedPlan): SavedPartition[] {
  return partitions.map((one) => ({ ...one, number: one.newNumber }));
}

/**
 * How the partitions that filters have chosen stay on the disk, in a valid table at every moment;
 * undefined where there are none. Throws `TargetError` where they cannot.
 */
export function planSaved(
  target: Target,
  image: ImagePlan,
  found: TableFound,
  fates: readonly PartitionFate[],
): SavedPlan | undefined {
  const { table } = found;
  const kept = fates.filter(({ savedBy }) => savedBy !== undefined);
  const [first] = kept.toSorted((a, b) => a.offsetBytes - b.offsetBytes);
  if (table === undefined || first === undefined) return undefined;
  const refuse = refusal(target);
  if (table.entrySizeBytes !== 128)
    throw refuse(
      'saved-partition-table-unusable',
      `the entries of its partition table have ${table.entrySizeBytes} bytes instead of 128`,
      'Back the data up elsewhere.',
    );
  for (const one of kept) refuseBootable(one, image, refuse);
  const limitBytes = first.offsetBytes;
  refuseOverlap(first, image, refuse);
  const places = placesOf(target, image, table, limitBytes, refuse);
  refuseAtEnd(target, kept, places, refuse);
  const partitions = numbered(kept, image, places.entryCount, refuse).map((one) => ({
    ...one,
    entry: entryOfPartition(table, one.number),
  }));
  refuseSameGuid(target, partitions, image, refuse);
  return { table, partitions, places, limitBytes };
}

/** With filters, a table that cannot be read, or may not be the disk's, is no reason to overwrite it. */
export function refuseUnreadable(
  target: Target,
  found: TableFound,
  contents: Pick<DiskContents, 'fileSystem'>,
  filters: readonly { readonly by: 'label' | 'index' }[],
): void {
  if (filters.length === 0) return;
  const { mbr, table, fault, isForOtherSectors = false } = found;
  const refuse = (why: string, next: string) =>
    refusal(target)('saved-partition-table-unusable', why, next);
  const rival = rivalOf(found, contents);
  if (rival === 'MBR')
    throw refuse(
      'it has two partition tables, an MBR and a GPT, and which one is meant is unknown',
      'Remove the wrong one with sgdisk or sfdisk.',
    );
  if (rival !== undefined)
    throw refuse(
      `it has a file system on the whole disk (${rival.type}), and at its end the backup of a partition table (GPT) that may be an old one`,
      `Remove what is not used with wipefs, ${orLose}`,
    );
  if (table !== undefined) return;
  if (fault !== undefined)
    throw refuse(
      `its partition table (GPT) cannot be used: ${fault}`,
      isForOtherSectors
        ? `Connect the disk as it was when it was partitioned (some adapters change its sector size), ${orLose}`
        : `Repair the table with gdisk, ${orLose}`,
    );
  if (mbr === 'partitions' && filters.some(({ by }) => by === 'index'))
    throw refuse(
      'it has an MBR partition table, and partitions are saved from a GPT only',
      `Convert it with sgdisk --mbrtogpt, ${orLose}`,
    );
}

const orLose = 'or install without saving partitions: all data on the disk is lost then.';

type Refuse = (code: FailureCode<'target'>, why: string, next: string) => TargetError;

const refusal =
  ({ path }: Target): Refuse =>
  (code, why, next) =>
    new TargetError({ code, failed: `Cannot save partitions of ${path}`, why, next });

/** Between its first write and its last, nothing on the disk may boot. */
function refuseBootable(one: PartitionFate, { gpt }: ImagePlan, refuse: Refuse): void {
  const partition = `partition ${nameOfPartition(one)}`;
  if (isBootType(one))
    throw refuse(
      'saved-partition-bootable',
      `${partition} is one that firmware boots from, so that the disk could boot before the installation is complete`,
      `Choose other partitions to save: ${one.savedBy?.given} includes it.`,
    );
  if (!one.isNamed && isLikeImage(one, gpt))
    throw refuse(
      'saved-partition-bootable',
      `${partition} has a label of the image, and ${one.savedBy?.given} may not mean it`,
      `To save it nevertheless, name it: --save-partindex ${one.number}.`,
    );
}

/** Whether the new system could take it for a partition of its own. */
export function isLikeImage(one: PartitionFate, gpt: ImagePlan['gpt']): boolean {
  const own = new Set(['boot', 'root', ...gpt.partitions.map(({ name }) => name)]);
  own.delete('');
  return own.has(one.name) || ['boot', 'root'].includes(one.fileSystem?.label ?? '');
}

function refuseOverlap(first: PartitionFate, { gpt }: ImagePlan, refuse: Refuse): void {
  if (gpt.requiredDiskBytes <= first.offsetBytes) return;
  throw refuse(
    'saved-partitions-no-room',
    `the image needs the first ${gpt.requiredDiskBytes} bytes, and partition ${nameOfPartition(first)} begins at byte ${first.offsetBytes}`,
    'Use a smaller image, or move the partition.',
  );
}

/** The array of the table with the saved partitions goes where neither the present one nor the image's is. */
function placesOf(
  { sizeBytes, sectorSizeBytes }: Target,
  image: ImagePlan,
  { arrayRange }: DiskTable,
  limitBytes: number,
  refuse: Refuse,
): SavedPlaces {
  const { arrayLba, entryCount, entrySizeBytes } = imageTable(image.head, image.gpt);
  if (entrySizeBytes !== 128 || !isStretchable(image.head))
    throw refuse(
      'saved-partitions-conflict',
      'the partition table of the image does not have the usual form (a protective MBR, entries of 128 bytes)',
      'Use another image.',
    );
  const sectors = arraySectors(entryCount, sectorSizeBytes);
  const afterImages = arrayLba + sectors;
  const presentStart = Math.floor(arrayRange.offsetBytes / sectorSizeBytes);
  const presentEnd = Math.ceil((arrayRange.offsetBytes + arrayRange.sizeBytes) / sectorSizeBytes);
  const isFree = presentEnd <= afterImages || presentStart >= afterImages + sectors;
  const place = isFree ? afterImages : presentEnd;
  const endBytes = (place + sectors) * sectorSizeBytes;
  if (endBytes > Math.min(image.headSizeBytes, limitBytes))
    throw refuse(
      'saved-partitions-no-room',
      `the first partition of the image begins at byte ${image.headSizeBytes}, and a second partition table needs the bytes up to ${endBytes}`,
      'Use an image whose first partition begins at 1 MiB.',
    );
  return { sectorSizeBytes, diskSizeBytes: sizeBytes, arrayLba: place, entryCount };
}

function refuseAtEnd(
  { sizeBytes, sectorSizeBytes }: Target,
  kept: readonly PartitionFate[],
  { entryCount }: SavedPlaces,
  refuse: Refuse,
): void {
  const tailBytes = (arraySectors(entryCount, sectorSizeBytes) + 1) * sectorSizeBytes;
  const into = kept.find((one) => one.offsetBytes + one.sizeBytes > sizeBytes - tailBytes);
  if (into === undefined) return;
  throw refuse(
    'saved-partitions-no-room',
    `partition ${nameOfPartition(into)} ends at byte ${into.offsetBytes + into.sizeBytes}, where the backup partition table belongs (from byte ${sizeBytes - tailBytes})`,
    'Make the partition smaller.',
  );
}

/** Their own numbers where the image has none; the others come after all that are used. */
function numbered(
  kept: readonly PartitionFate[],
  { gpt }: ImagePlan,
  entryCount: number,
  refuse: Refuse,
): (PartitionFate & { readonly newNumber: number })[] {
  const ofImage = new Set(gpt.partitions.map(({ number }) => number));
  const own = kept.filter(({ number }) => !ofImage.has(number)).map(({ number }) => number);
  let highest = Math.max(...ofImage, ...own);
  const all = kept.map((one) => ({
    ...one,
    newNumber: ofImage.has(one.number) ? ++highest : one.number,
  }));
  // The table with the saved partitions only has their own numbers.
  const beyond = all.find(({ number, newNumber }) => Math.max(number, newNumber) > entryCount);
  if (beyond === undefined) return all;
  throw refuse(
    'saved-partitions-conflict',
    `partition ${nameOfPartition(beyond)} needs a number above ${entryCount}, which is the last one in the table of the image`,
    'Renumber the partitions with sgdisk --sort or --transpose.',
  );
}

function refuseSameGuid(
  { path }: Target,
  partitions: readonly SavedPartition[],
  { gpt }: ImagePlan,
  refuse: Refuse,
): void {
  const used = new Set(gpt.partitions.map(({ uniqueGuid }) => uniqueGuid));
  for (const one of partitions) {
    if (used.has(one.uniqueGuid))
      throw refuse(
        'saved-partitions-conflict',
        `partition ${nameOfPartition(one)} has the GUID of another partition (${one.uniqueGuid})`,
        `Give it another: sgdisk --partition-guid=${one.number}:R ${path}`,
      );
    used.add(one.uniqueGuid);
  }
}
