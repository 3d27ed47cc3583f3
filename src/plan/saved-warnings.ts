import type { TableFound } from '../disk/gpt/disk-table.ts';
import { formatBytes } from '../lib/quantities.ts';
import type { PartitionFilter } from '../parameters/partition-filter.ts';
import { nameOfPartition, optionToSave, type PartitionFate } from './partition-fates.ts';
import type { ImagePlan } from './plan-image.ts';
import { isLikeImage, type SavedPlan } from './saved-partitions.ts';

/** What a user should know of the partitions that stay, and of those that do not; a sentence or two each. */
export function warnOfPartitions(
  path: string,
  image: ImagePlan,
  found: TableFound,
  fates: readonly PartitionFate[],
  filters: readonly PartitionFilter[],
  saved: SavedPlan | undefined,
): string[] {
  if (filters.length === 0) {
    const losses = fates.flatMap((fate) => warnOfLoss(path, fate, image));
    return losses.length > 0 ? [...warnOfCopies(path, found), ...losses] : [];
  }
  if (saved === undefined) return [...warnOfCopies(path, found), nothingSaved(path, found, fates)];
  return [
    ...warnOfCopies(path, found),
    ...warnOfSize(path, image, saved),
    ...filters
      .filter((filter) => !fates.some((fate) => filter.matches(fate)))
      .map(({ given }) => `No partition of ${path} fits ${given}.`),
    ...saved.partitions.flatMap((one) => [
      ...(one.number === one.newNumber
        ? []
        : [
            `Partition ${nameOfPartition(one)} of ${path} becomes partition ${one.newNumber}: ` +
              `its own number is one of the image. The next time, save it by its ${
                fates.filter(({ name }) => name === one.name && name !== '').length === 1
                  ? 'label'
                  : `number, ${one.newNumber}`
              }.`,
          ]),
      ...(isLikeImage(one, image.gpt)
        ? [
            `Partition ${nameOfPartition(one)} of ${path} has a label of the image: ` +
              'the new system may take it for its own, and not start.',
          ]
        : []),
    ]),
  ];
}

/** Where the two copies of the table are not the same, the one that is used may be the older one. */
function warnOfCopies(path: string, { table }: TableFound): string[] {
  if (table?.copy === 'backup')
    return [
      `The first copy of the partition table of ${path} cannot be used ` +
        `(${table.otherFault ?? 'it has been overwritten'}), and the backup at the end of the disk is: ` +
        'compare its partitions with those that you know.',
    ];
  return table?.otherCopy === 'differs'
    ? [`The two copies of the partition table of ${path} differ; the first one is used.`]
    : [];
}

/** Its tables end before; zeros need no room. */
function warnOfSize(path: string, { sizeBytes = 0 }: ImagePlan, { limitBytes }: SavedPlan) {
  return sizeBytes > limitBytes
    ? [
        `The image has ${sizeBytes} bytes, and the first saved partition of ${path} begins at byte ${limitBytes}: ` +
          'if the image has data there, the installation fails.',
      ]
    : [];
}

/** Of what has a file system and a label that no system has. */
function warnOfLoss(path: string, fate: PartitionFate, { gpt }: ImagePlan): string[] {
  const isOfImage = gpt.partitions.some(({ name }) => name !== '' && name === fate.name);
  if (!fate.beyondSystem || isOfImage) return [];
  const { label, type } = fate.fileSystem ?? {};
  const holds = [type, label === undefined ? undefined : JSON.stringify(label)].filter(Boolean);
  const partition = `Partition ${nameOfPartition(fate)} of ${path}`;
  const kept =
    fate.offsetBytes >= gpt.requiredDiskBytes
      ? `${optionToSave(fate)} keeps it.`
      : 'The image needs its place.';
  return [
    `${partition} (${holds.join(' ')}, ${formatBytes(fate.sizeBytes)}) will be lost. ${kept}`,
  ];
}

/** Right for the first installation on a new disk; a surprise otherwise. */
function nothingSaved(
  path: string,
  { table }: TableFound,
  fates: readonly PartitionFate[],
): string {
  if (table === undefined) return `Nothing on ${path} is saved: it has no partition table (GPT).`;
  if (fates.length === 0) return `Nothing on ${path} is saved: it has no partitions.`;
  const names = fates.map(nameOfPartition).join(', ');
  return `Nothing on ${path} is saved: none of its partitions fits (${names}).`;
}
