import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { listNames, readText } from '../../system/kernel-files.ts';
import { commandOf, listPids, majMinOf, openDevicesOf, serviceOf } from '../../system/processes.ts';
import type { BlockDeviceFacts, DeviceFacts, DeviceKind, Opener, Raid } from './facts.ts';
import { type HeldBlock, holdersOf, mapKindOf } from './holders.ts';
import { mountsOf, unescapeOctal } from './mounts.ts';
import {
  busOf,
  findByNumber,
  installableDisks,
  isCard,
  isCdrom,
  isPartition,
  isVirtual,
  modelOf,
  partitionsOf,
  type SysBlock,
  serialOf,
  sizeBytesOf,
  sysBlock,
  wholeDisk,
  wwnOf,
} from './sysfs.ts';

export interface Roots {
  readonly sysRoot: string;
  readonly procRoot: string;
}

const realRoots: Roots = { sysRoot: '/sys', procRoot: '/proc' };

/**
 * Finds out all there is to know about a device, by reading /sys and /proc only: no udev, no
 * tool, nothing is opened. `requested` may be `vda`, `/dev/vda`, `disk/by-id/…` or a link.
 */
export function inspectDevice(requested: string, roots: Partial<Roots> = {}): DeviceFacts {
  const { sysRoot, procRoot } = { ...realRoots, ...roots };
  const absolute = requested.startsWith('/') ? requested : join('/dev', requested);
  const disks = installableDisks(sysRoot);
  const found = resolve(absolute);
  if (!found) return { requested, path: absolute, kind: 'missing', disks, device: undefined };
  const { path, stats } = found;
  if (stats.isBlockDevice()) {
    return inspectBlock(requested, path, majMinOf(stats.rdev), { sysRoot, procRoot });
  }
  return { requested, path, kind: kindOf(stats), disks, device: undefined };
}

function resolve(path: string): { readonly path: string; readonly stats: Stats } | undefined {
  try {
    const real = realpathSync(path);
    return { path: real, stats: statSync(real) };
  } catch {
    return undefined;
  }
}

function kindOf(stats: Stats): DeviceKind {
  if (stats.isDirectory()) return 'directory';
  return stats.isCharacterDevice() ? 'char' : 'file';
}

/** The part of `inspectDevice` that follows from the kernel's number for the device. */
export function inspectBlock(
  requested: string,
  path: string,
  majMin: string,
  { sysRoot, procRoot }: Roots,
): DeviceFacts {
  const disks = installableDisks(sysRoot);
  const block = findByNumber(majMin, sysRoot);
  if (!block) return { requested, path, kind: 'missing', disks, device: undefined };
  const disk = wholeDisk(block);
  return {
    requested,
    path: block.path,
    kind: isPartition(block) ? 'partition' : isCdrom(disk) ? 'cdrom' : 'block-disk',
    disks,
    device: { ...describe(block, disk), ...usesOf(block, { sysRoot, procRoot }) },
  };
}

type Uses = Pick<BlockDeviceFacts, 'mounts' | 'swaps' | 'holders' | 'openers'>;

function describe(block: SysBlock, disk: SysBlock): Omit<BlockDeviceFacts, keyof Uses> {
  const logical = disk.number('queue/logical_block_size') ?? 512;
  return {
    majMin: block.majMin,
    diskPath: disk.path,
    sizeBytes: sizeBytesOf(block),
    logicalSectorSizeBytes: logical,
    physicalSectorSizeBytes: disk.number('queue/physical_block_size') ?? logical,
    readOnly: block.attribute('ro') === '1',
    isZoned: disk.attribute('queue/zoned') === 'host-managed',
    removable: disk.attribute('removable') === '1' || isCard(disk),
    model: modelOf(disk),
    serial: serialOf(disk),
    ...attachment(disk),
    // How many minor numbers it may have, itself included (GENHD_FL_NO_PART in block/genhd.c).
    takesPartitions: disk.number('ext_range') !== 1,
    writeZeroesMaxBytes: disk.number('queue/write_zeroes_max_bytes') ?? 0,
    diskseq: disk.number('diskseq'),
    loopBackingFile: disk.attribute('loop/backing_file'),
    mapKind: disk.attribute('dm/uuid') === undefined ? undefined : mapKindOf(disk),
    raid: raidOf(disk),
    partitions: partitionsOf(block).map(({ block: _, ...partition }) => partition),
  };
}

/** Source of fact: Documentation/admin-guide/md.rst. */
function raidOf(disk: SysBlock): Raid | undefined {
  const level = disk.attribute('md/level');
  return level === undefined
    ? undefined
    : { level, metadata: disk.attribute('md/metadata_version') ?? '' };
}

/** A multipath device is attached as its paths are. */
function attachment(disk: SysBlock): Pick<BlockDeviceFacts, 'bus' | 'wwn' | 'isVirtual'> {
  const isMultipath = disk.attribute('dm/uuid') !== undefined && mapKindOf(disk) === 'multipath';
  const [slave] = isMultipath ? disk.list('slaves') : [];
  const path = slave === undefined ? undefined : resolve(join(disk.directory, 'slaves', slave));
  const attached = path === undefined ? disk : sysBlock(path.path);
  return { bus: busOf(attached), wwn: wwnOf(attached), isVirtual: isVirtual(attached) };
}

/** Who uses the device, its partitions, or anything that is built on them. */
function usesOf(block: SysBlock, { sysRoot, procRoot }: Roots): Uses {
  const own = [block, ...partitionsOf(block).map((partition) => partition.block)];
  const held = holdersOf(own, sysRoot);
  const paths = new Map(
    [...own, ...held.flatMap(withPartitions)].map(({ majMin, path }) => [majMin, path]),
  );
  addBtrfsMembers(paths, sysRoot);
  return {
    mounts: mountsOf(new Set(paths.keys()), procRoot).map(({ majMin, ...mount }) => ({
      device: paths.get(majMin) ?? majMin,
      ...mount,
    })),
    swaps: swapsOf(paths, procRoot),
    holders: held.map(({ holder }) => holder),
    openers: openersOf(new Map(own.map(({ majMin, path }) => [majMin, path])), procRoot),
  };
}

/**
 * A mount of a btrfs of several devices names one of them only: the others count as the member that they are
 * mounted with.
 */
function addBtrfsMembers(paths: Map<string, string>, sysRoot: string): void {
  const directory = join(sysRoot, 'fs/btrfs');
  for (const uuid of listNames(directory)) {
    const members = listNames(join(directory, uuid, 'devices')).flatMap(
      (name) => readText(join(directory, uuid, 'devices', name, 'dev')) ?? [],
    );
    const own = members.find((majMin) => paths.has(majMin));
    const path = own === undefined ? undefined : paths.get(own);
    if (path === undefined) continue;
    for (const majMin of members) if (!paths.has(majMin)) paths.set(majMin, path);
  }
}

function withPartitions({ block }: HeldBlock): SysBlock[] {
  return [block, ...partitionsOf(block).map((partition) => partition.block)];
}

/** /proc/swaps names a device by the path that it was given, which may be a link. */
function swapsOf(paths: ReadonlyMap<string, string>, procRoot: string): string[] {
  let text: string;
  try {
    text = readFileSync(join(procRoot, 'swaps'), 'utf8');
  } catch {
    return [];
  }
  const names = text
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((line) => unescapeOctal(line.split(/\s/)[0] ?? ''));
  const known = new Set(paths.values());
  return names.filter((name) => {
    const stats = resolve(name)?.stats;
    return known.has(name) || (stats?.isBlockDevice() && paths.has(majMinOf(stats.rdev)));
  });
}

/** Other processes that have one of these devices (number → path) open. */
function openersOf(paths: ReadonlyMap<string, string>, procRoot: string): Opener[] {
  return listPids(procRoot)
    .filter((pid) => pid !== process.pid)
    .flatMap((pid) => {
      const devices = openDevicesOf(pid, procRoot).filter(({ majMin }) => paths.has(majMin));
      return devices.map(({ majMin, forWriting }) => ({
        pid,
        command: commandOf(pid, procRoot),
        service: serviceOf(pid, procRoot),
        device: paths.get(majMin) ?? majMin,
        forWriting,
      }));
    });
}
