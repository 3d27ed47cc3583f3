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

/** Warns of partitions that are allowed, but hardly ever intended. */
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
 * Of a partition that has the label of one of the system's, but not its number: it would be created
 * as a second one, and could be mistaken for it.
 */
function warnOfReservedLabels(disk: Mapping, places: Places, findings: Findings): void {
  for (const partition of partitionsOf(disk)) {
    const label = String(partition['label'] ?? '');
    const number = entryOf(numbers, label);
    if (number === undefined || partition['number'] === number) continue;
    findings.warn(
      places.of(partition, 'label'),
      `the label ${label} is that of the system's partition ${number}: a second one with that label would be created`,
      `Give it number: ${number}, or another label.`,
    );
  }
}

/** The boot disk is excepted: it is always overwritten. */
function warnOfMissingNumbers(disk: Mapping, places: Places, findings: Findings): void {
  if (disk['device'] === '/dev/disk/by-id/coreos-boot-disk') return;
  for (const partition of partitionsOf(disk)) {
    const label = String(partition['label'] ?? '');
    if (partition['number'] || label === '' || entryOf(numbers, label)) continue;
    findings.warn(
      places.of(partition, 'label'),
      'a partition without a number is created again each time: an existing one with that label is not reused',
      'Give it a number, or set wipe_table: true.',
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
      `the root partition is smaller than ${smallestRootMiB} MiB; updates will run out of space`,
    );
  const later = partitions.slice(partitions.indexOf(root) + 1);
  if (
    size === 0 &&
    later.some(({ start_mib, should_exist }) => !start_mib && should_exist !== false)
  )
    findings.warn(
      places.of(root, 'label'),
      'the root partition cannot grow: the partition after it takes the next free space',
      'Give root a size_mib, or the following one a start_mib.',
    );
}
