import type { Partition } from './gpt.ts';

const mib = 1024 * 1024;

const types = {
  'BIOS-BOOT': '21686148-6449-6E6F-744E-656564454649',
  'EFI-SYSTEM': 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  boot: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
  root: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
} as const;

/** `mkfs.xfs` makes none smaller than 300 MiB; boot has room for kernel and initramfs three times. */
const sizesMib = { 'BIOS-BOOT': 1, 'EFI-SYSTEM': 8, boot: 192, root: 512 } as const;

/** How Fedora CoreOS arranges a disk. */
export interface Layout {
  partitions: Partition[];
  sizeBytes: number;
  /** Whether the physical root is mounted read-only at `/sysroot`. */
  readOnlySysroot: boolean;
  /** Features of the file system `boot` that differ between then and now. */
  bootFeatures: string;
}

function arrange(...names: (keyof typeof types)[]): Pick<Layout, 'partitions' | 'sizeBytes'> {
  let offsetBytes = mib;
  const partitions = names.map((name) => {
    const lengthBytes = sizesMib[name] * mib;
    const partition = { name, type: types[name], offsetBytes, lengthBytes };
    offsetBytes += lengthBytes;
    return partition;
  });
  // The backup partition table.
  return { partitions, sizeBytes: offsetBytes + mib };
}

/** That of 2019. */
export const layout2019: Layout = {
  ...arrange('boot', 'EFI-SYSTEM', 'BIOS-BOOT', 'root'),
  readOnlySysroot: false,
  bootFeatures: '^metadata_csum_seed,^orphan_file',
};

/** Today's. */
export const layoutToday: Layout = {
  ...arrange('BIOS-BOOT', 'EFI-SYSTEM', 'boot', 'root'),
  readOnlySysroot: true,
  bootFeatures: 'metadata_csum_seed,orphan_file',
};
