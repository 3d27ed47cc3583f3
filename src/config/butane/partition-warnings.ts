import { entryOf } from '../../lib/entry-of.ts';
import type { Findings } from './findings.ts';
import type { Mapping, Places } from './yaml-places.ts';

/** The partitions of a Fedora CoreOS disk, by label (Butane's rules for `fcos`). */
const numbers: Readonly<Record<string, number>> = {
  'BIOS-BOOT': 1,
  'PowerPC-PReP-boot': 1,
  'EFI-SYSTEM': 2,
  boot: 3,
  root: 4,
};

/** What Fedora CoreOS asks for, so that there is room for updates. */
const smallestRootMiB = 8 * 1024;

/** Warns of partitions that are allowed, and hardly ever meant so. */
export function warnOfPartitions(
  storage: Mapping,
  minor: number,
  places: Places,
  findings: Findings,
): void {
  for (const disk of (storage['disks'] ?? []) as Mapping[]) {
    if (disk['wipe_table'] !== true) {
      warnOfReservedLabels(disk, places, findings);
      if (minor >= 6) warnOfMissingNumbers(disk, places, findings);
    }
    if (minor >= 3) warnOfSmallRoot(disk, places, findings);
  }
}

const partitionsOf = (disk: Mapping) => (disk['partitions'] ?? []) as Mapping[];

/**
 * Of a partition that has the label of one of the system's, but not its number: it would be made as
 * a second one beside it, and be taken for it.
 */
function warnOfReservedLabels(disk: Mapping, places: Places, findings: Findings): void {
  for (const partition of partitionsOf(disk)) {
    const label = String(partition['label'] ?? '');
    const number = entryOf(numbers, label);
    if (number === undefined || partition['number'] === number) continue;
    findings.warn(
      places.of(partition, 'label'),
      `the label ${label} is that of the system's partition ${number}: a second one of that name would be made`,
      `Give it number: ${number}, or another label.`,
    );
  }
}

/** The boot disk is excepted: it is always written anew. */
function warnOfMissingNumbers(disk: Mapping, places: Places, findings: Findings): void {
  if (disk['device'] === '/dev/disk/by-id/coreos-boot-disk') return;
  for (const partition of partitionsOf(disk)) {
    const label = String(partition['label'] ?? '');
    if (partition['number'] || label === '' || entryOf(numbers, label)) continue;
    findings.warn(
      places.of(partition, 'label'),
      'a partition without a number is made anew each time: one of that label that is there already is not used again',
      'Give it a number, or say wipe_table: true.',
    );
  }
}

function warnOfSmallRoot(disk: Mapping, places: Places, findings: Findings): void {
  const partitions = partitionsOf(disk);
  const root = partitions.find(({ label }) => label === 'root');
  if (root === undefined) return;
  const size = Number(root['size_mib'] ?? 0);
  if (size > 0 && size < smallestRootMiB)
    findings.warn(
      places.of(root, 'size_mib'),
      `the root partition is smaller than ${smallestRootMiB} MiB; updates will not find room`,
    );
  const later = partitions.slice(partitions.indexOf(root) + 1);
  if (
    size === 0 &&
    later.some(({ start_mib, should_exist }) => !start_mib && should_exist !== false)
  )
    findings.warn(
      places.of(root, 'label'),
      'the root partition cannot grow: one that follows it takes the next free place',
      'Give root a size_mib, or the following one a start_mib.',
    );
}
