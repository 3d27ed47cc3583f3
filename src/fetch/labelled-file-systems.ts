import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseBlkidExport } from '../system/blkid-export.ts';
import { listNames } from '../system/kernel-files.ts';
import { run } from '../system/run-command.ts';

/** A file system with a label. */
export interface LabelledFileSystem {
  /** `iso9660` */
  readonly type: string;
  /** Where it is seen: on the whole disk, and on a partition that begins where the disk begins. */
  readonly places: readonly string[];
}

/** Those of all disks, as blkid sees them now. */
export async function fileSystemsWith(label: string): Promise<LabelledFileSystem[]> {
  return distinct(await devicesWith(label));
}

/**
 * Each file system once, though several devices show it: a disk and its first partition, a multipath
 * device and its paths. Two disks are two, also if one is a copy: all media that were made from one ISO
 * have its UUID, and may have other files behind it.
 */
export function distinct(
  devices: readonly { readonly device: string; readonly type: string }[],
  sysBlock = '/sys/class/block',
): LabelledFileSystem[] {
  const seen = devices.map(({ device, type }) => {
    const whole = fromItsBeginning(device, sysBlock);
    return { type, whole, places: [...new Set([whole, device])] };
  });
  const beneath = new Set(seen.flatMap(({ whole }) => slavesOf(kernelNameOf(whole), sysBlock)));
  const upper = seen.filter(({ whole }) => !beneath.has(kernelNameOf(whole)));
  return Object.values(Object.groupBy(upper, ({ type, whole }) => `${whole} ${type}`)).flatMap(
    (same = []) => {
      const places = [...new Set(same.flatMap((one) => one.places))];
      return same.slice(0, 1).map(({ type }) => ({ type, places }));
    },
  );
}

/** `dm-0` of `/dev/mapper/data`. */
function kernelNameOf(path: string): string {
  try {
    return basename(realpathSync(path));
  } catch {
    return basename(path);
  }
}

/** The names of what a device is made of, on all levels. */
function slavesOf(name: string, sysBlock: string): string[] {
  const own = listNames(join(sysBlock, name, 'slaves'));
  return own.flatMap((slave) => [slave, ...slavesOf(slave, sysBlock)]);
}

/**
 * The whole disk, if a partition begins where it begins: that of a hybrid ISO ends before the files that
 * were added behind it.
 */
export function fromItsBeginning(device: string, sysBlock = '/sys/class/block'): string {
  try {
    const partition = realpathSync(join(sysBlock, basename(realpathSync(device))));
    const start = readFileSync(join(partition, 'start'), 'utf8');
    return Number(start) === 0 ? join('/dev', basename(dirname(partition))) : device;
  } catch {
    // It is no partition.
    return device;
  }
}

async function devicesWith(label: string) {
  const nothingFound = 2;
  const { stdout } = await run(
    'blkid',
    ['--cache-file', '/dev/null', '--match-token', `LABEL=${label}`, '--output', 'export'],
    { allowExitCodes: [nothingFound] },
  );
  return parseBlkidExport(stdout).flatMap((values) => {
    const [device, type] = [values.get('DEVNAME'), values.get('TYPE')];
    return device && type ? [{ device, type }] : [];
  });
}
