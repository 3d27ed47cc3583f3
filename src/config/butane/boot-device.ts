import { bootDeviceOf, checkBootDevice } from './boot-device-rules.ts';
import type { Findings } from './findings.ts';
import type { List, Mapping, Places } from './yaml-places.ts';

/** Partition types of the GPT (UEFI specification, table 5-6, and GRUB's and Fedora CoreOS's). */
const typeGuids = {
  reserved: '8DA63339-0007-60C0-C436-083AC8230908',
  bios: '21686148-6449-6E6F-744E-656564454649',
  prep: '9E1A2D38-C612-4316-AA26-8B49521E5A8B',
  esp: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
} as const;

/** The first two partitions of Fedora CoreOS on each architecture. */
const layouts = {
  x86_64: [
    ['bios', 1],
    ['esp', 127],
  ],
  aarch64: [
    ['reserved', 1],
    ['esp', 127],
  ],
  ppc64le: [
    ['prep', 4],
    ['reserved', 1],
  ],
} as const;

type MirroredLayout = keyof typeof layouts;
const bootSizeMiB = 384;

/**
 * What `boot_device` expands to: the partitions of the image on each disk of a mirror, arrays over
 * them, an encrypted volume, and the file systems on top. `minor` is that of the config's version.
 */
export function bootDevice(
  config: Mapping,
  minor: number,
  places: Places,
  findings: Findings,
): Mapping {
  const boot = config['boot_device'] as Mapping | undefined;
  if (boot === undefined || !checkBootDevice(boot, minor, places, findings)) return {};
  const { layout, luks, mirror, devices, encrypted } = bootDeviceOf(boot);
  if (!encrypted && devices.length === 0) return {};

  const storage: Mapping = { filesystems: [] };
  const filesystems = storage['filesystems'] as List;
  if (devices.length > 0) {
    const members = devices.map((device, index) =>
      member(device, index + 1, layout as MirroredLayout),
    );
    storage['disks'] = places.setAll(
      members.map(({ disk }) => disk),
      places.of(mirror, 'devices'),
    );
    const arrays = [
      // GRUB finds the file system without support for RAID when the superblock is at the end.
      {
        devices: partitions('boot', devices),
        level: 'raid1',
        name: 'md-boot',
        options: ['--metadata=1.0'],
      },
      { devices: partitions('root', devices), level: 'raid1', name: 'md-root' },
    ];
    storage['raid'] = places.setAll(arrays as List, places.of(boot, 'mirror'));
    filesystems.push(...members.flatMap(({ esp }) => esp));
    filesystems.push(filesystem('/dev/md/md-boot', 'ext4', 'boot'));
  }
  const below = devices.length > 0 ? '/dev/md/md-root' : rootPartition(layout, luks);
  if (encrypted) storage['luks'] = [places.setAll(volume(luks, below), places.of(boot, 'luks'))];
  filesystems.push(filesystem(encrypted ? '/dev/mapper/root' : below, 'xfs', 'root'));
  places.setAll(filesystems, places.of(config, 'boot_device'));
  return { storage };
}

function member(
  device: string,
  number: number,
  layout: MirroredLayout,
): { disk: Mapping; esp: List } {
  const first = layouts[layout].map(([kind, sizeMiB]) => ({
    label: `${kind}-${number}`,
    size_mib: sizeMiB,
    type_guid: typeGuids[kind],
  }));
  const rest = [{ label: `boot-${number}`, size_mib: bootSizeMiB }, { label: `root-${number}` }];
  const hasEsp = first.some(({ label }) => label.startsWith('esp-'));
  const esp = `esp-${number}`;
  return {
    disk: { device, partitions: [...first, ...rest] as List, wipe_table: true },
    esp: hasEsp ? [filesystem(`/dev/disk/by-partlabel/${esp}`, 'vfat', esp)] : [],
  };
}

function partitions(label: string, devices: readonly string[]): string[] {
  return devices.map((_, index) => `/dev/disk/by-partlabel/${label}-${index + 1}`);
}

function filesystem(device: string, format: string, label: string): Mapping {
  return { device, format, label, wipe_filesystem: true };
}

/** DASDs have their root partition second, SCSI disks fourth; on both it has no label. */
function rootPartition(layout: string, { device }: Mapping): string {
  if (layout === 's390x-eckd') return `${String(device)}2`;
  if (layout === 's390x-zfcp') return `${String(device)}4`;
  return '/dev/disk/by-partlabel/root';
}

function volume({ device: _, discard, cex, ...clevis }: Mapping, device: string): Mapping {
  const byCard = (cex as Mapping | undefined)?.['enabled'] === true;
  return {
    ...(byCard ? { cex: cex as Mapping } : { clevis }),
    device,
    ...(discard !== undefined && { discard }),
    label: 'luks-root',
    name: 'root',
    wipe_volume: true,
  };
}
