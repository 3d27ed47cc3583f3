import { readFileSync, realpathSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { listNames } from '../disk/look/sysfs.ts';
import { InputError } from '../lib/errors.ts';
import { closeFd, mountPrivately } from '../native/system.ts';
import { parseBlkidExport } from '../system/blkid-export.ts';
import { hasCode } from '../system/retry-while.ts';
import { run } from '../system/run-command.ts';
import { makeRunDirectory } from '../system/run-directory.ts';
import { untouchedData, untouchedFlags } from '../system/untouched-mount.ts';
import { TransientError } from './retry.ts';

const mounts = new Map<string, Promise<string>>();

/** The root of the file system, mounted once. Throws `TransientError` while there is none. */
export async function mountedByLabel(label: string): Promise<string> {
  const known = mounts.get(label);
  if (known !== undefined) return await known;
  const mounting = mountLabel(label);
  mounts.set(label, mounting);
  // Later it may be there.
  mounting.catch(() => mounts.delete(label));
  return await mounting;
}

async function mountLabel(label: string): Promise<string> {
  const tried: Tried[] = [];
  for (const found of distinct(await devicesWith(label))) tried.push(await tryToMount(found));
  // What somebody else has, such as the disk that is installed to, is not what is meant.
  const free = tried.filter(({ cause }) => !isBusy(cause));
  const [first, second] = free.length > 0 ? free : tried.slice(0, 1);
  if (first?.fd !== undefined && second === undefined) return `/proc/self/fd/${first.fd}`;
  for (const { fd } of tried) if (fd !== undefined) await closeFd(fd);
  if (first === undefined)
    throw new TransientError({
      code: 'label-not-found',
      why: `there is no file system with the label ${JSON.stringify(label)}`,
      next: 'Plug it in; lsblk -f lists the labels.',
    });
  if (second !== undefined)
    throw new InputError({
      code: 'label-ambiguous',
      failed: `Cannot use the file system ${JSON.stringify(label)}`,
      why: `${first.found.places[0]} and ${second.found.places[0]} have this label`,
      next: 'Unplug one of them, or change its label.',
    });
  throw unusable(label, first);
}

/** A file system with the label. */
interface Found {
  /** `iso9660` */
  readonly type: string;
  /** Where it is seen: on the whole disk, and on a partition that begins where the disk begins. */
  readonly places: readonly string[];
}

interface Tried {
  readonly found: Found;
  readonly fd?: number;
  readonly cause?: unknown;
}

const isBusy = hasCode('EBUSY');

async function tryToMount(found: Found): Promise<Tried> {
  let cause: unknown;
  for (const place of found.places) {
    try {
      return { found, fd: await mountFrom(place, found.type) };
    } catch (error) {
      cause = error;
      // Of a stick, somebody may have mounted the first partition: the whole is in use then.
      if (!isBusy(error)) break;
    }
  }
  return { found, cause };
}

async function mountFrom(source: string, type: string): Promise<number> {
  const data = untouchedData[type];
  if (data === undefined) throw new Error(`${type} is not supported here`);
  const parent = await makeRunDirectory();
  const directory = join(parent, 'medium');
  try {
    await mkdir(directory, { mode: 0o700 });
    return await mountPrivately({ source, directory, type, flags: untouchedFlags, data });
  } finally {
    await rmdir(directory).catch(() => undefined);
    await rmdir(parent).catch(() => undefined);
  }
}

function unusable(label: string, { found: { type, places }, cause }: Tried): InputError {
  const failed = `Cannot use the file system ${JSON.stringify(label)} on ${places[0]}`;
  const reason = !(type in untouchedData)
    ? {
        why: `it is ${type}, which is not supported here`,
        next: `Use one of ${Object.keys(untouchedData).join(', ')}.`,
      }
    : isBusy(cause)
      ? {
          why: 'it is in use, and may be on the disk that is installed to',
          next: 'Put the file on another disk.',
        }
      : {
          why: `it cannot be mounted (${(cause as Error).message})`,
          next: 'Check it with fsck; see also dmesg.',
        };
  return new InputError({ code: 'label-unusable', failed, ...reason }, { cause });
}

/**
 * Each file system once, though several devices show it: a disk and its first partition, a multipath
 * device and its paths. Two disks are two, also if one is a copy: all media that were made from one ISO
 * have its UUID, and may have other files behind it.
 */
export function distinct(
  devices: readonly { readonly device: string; readonly type: string }[],
  sysBlock = '/sys/class/block',
): Found[] {
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
