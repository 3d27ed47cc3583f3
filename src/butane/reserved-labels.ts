import type { Findings } from './findings.ts';
import type { Mapping, Places } from './places.ts';

/** The partitions of a Fedora CoreOS disk, by label (Butane's rules for `fcos`). */
const numbers: Readonly<Record<string, number>> = {
  'BIOS-BOOT': 1,
  'PowerPC-PReP-boot': 1,
  'EFI-SYSTEM': 2,
  boot: 3,
  root: 4,
};

/**
 * Warns of a partition that has the label of one of the system's, but not its number: it would be
 * made as a second one beside it, and be taken for it.
 */
export function warnOfReservedLabels(storage: Mapping, places: Places, findings: Findings): void {
  const disks = (storage['disks'] ?? []) as Mapping[];
  for (const disk of disks.filter(({ wipe_table }) => wipe_table !== true)) {
    for (const partition of (disk['partitions'] ?? []) as Mapping[]) {
      const label = String(partition['label'] ?? '');
      const number = Object.hasOwn(numbers, label) ? numbers[label] : undefined;
      if (number === undefined || partition['number'] === number) continue;
      findings.warn(
        places.of(partition, 'label'),
        `the label ${label} is that of the system's partition ${number}: a second one of that name would be made`,
        `Give it number: ${number}, or another label.`,
      );
    }
  }
}
