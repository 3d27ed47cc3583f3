import { readFileSync, realpathSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../lib/errors.ts';
import { mountPrivately } from '../native/system.ts';
import { parseBlkidExport } from '../system/blkid-export.ts';
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
  const { device, type } = await findLabel(label);
  const data = untouchedData[type];
  const failed = `Cannot use the file system ${JSON.stringify(label)} on ${device}`;
  if (data === undefined)
    throw new InputError({
      code: 'label-unusable',
      failed,
      why: `it is ${type}, which is not supported here`,
      next: `Use one of ${Object.keys(untouchedData).join(', ')}.`,
    });
  const parent = await makeRunDirectory();
  const directory = join(parent, 'medium');
  try {
    await mkdir(directory, { mode: 0o700 });
    const fd = await mountPrivately({
      source: device,
      directory,
      type,
      flags: untouchedFlags,
      data,
    });
    return `/proc/self/fd/${fd}`;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EBUSY')
      throw new InputError(
        {
          code: 'label-unusable',
          failed,
          why: 'it is in use, and may be on the disk that is installed to',
          next: 'Put the file on another disk.',
        },
        { cause },
      );
    throw new InputError(
      {
        code: 'label-unusable',
        failed,
        why: `it cannot be mounted (${(cause as Error).message})`,
        next: 'Check it with fsck; see also dmesg.',
      },
      { cause },
    );
  } finally {
    await rmdir(directory).catch(() => undefined);
    await rmdir(parent).catch(() => undefined);
  }
}

interface Found {
  readonly device: string;
  readonly type: string;
  readonly uuid: string;
}

async function findLabel(label: string): Promise<Found> {
  const found = await devicesWith(label);
  const [first] = found;
  if (first === undefined)
    throw new TransientError({
      code: 'label-not-found',
      why: `there is no file system with the label ${JSON.stringify(label)}`,
      next: 'Plug it in; lsblk -f lists the labels.',
    });
  // A hybrid ISO on a stick may be seen on the whole stick and on its first partition.
  const other = found.find(({ uuid, type }) => uuid !== first.uuid || type !== first.type);
  if (other !== undefined)
    throw new InputError({
      code: 'label-ambiguous',
      failed: `Cannot use the file system ${JSON.stringify(label)}`,
      why: `${first.device} and ${other.device} have this label`,
      next: 'Unplug one of them, or change its label.',
    });
  return { ...first, device: fromItsBeginning(first.device) };
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

async function devicesWith(label: string): Promise<Found[]> {
  const nothingFound = 2;
  const { stdout } = await run(
    'blkid',
    ['--cache-file', '/dev/null', '--match-token', `LABEL=${label}`, '--output', 'export'],
    { allowExitCodes: [nothingFound] },
  );
  return parseBlkidExport(stdout).flatMap((values) => {
    const [device, type] = [values.get('DEVNAME'), values.get('TYPE')];
    return device && type ? [{ device, type, uuid: values.get('UUID') ?? '' }] : [];
  });
}
