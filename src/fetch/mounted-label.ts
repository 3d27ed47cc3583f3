import { InputError } from '../lib/errors.ts';
import { closeFd, mountPrivately } from '../native/system.ts';
import { mountPoint } from '../system/mount-point.ts';
import { hasCode } from '../system/retry-while.ts';
import { untouchedData, untouchedFlags } from '../system/untouched-mount.ts';
import { fileSystemsWith, type LabelledFileSystem } from './labelled-file-systems.ts';
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
  for (const found of await fileSystemsWith(label)) tried.push(await tryToMount(found));
  // What somebody else has, such as the disk that is installed to, is not what is meant.
  const free = tried.filter(({ fd, cause }) => fd !== undefined || !isBusy(cause));
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

interface Tried {
  readonly found: LabelledFileSystem;
  readonly fd?: number;
  readonly cause?: unknown;
}

const isBusy = hasCode('EBUSY');

async function tryToMount(found: LabelledFileSystem): Promise<Tried> {
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
  await using undo = new AsyncDisposableStack();
  const directory = await mountPoint(undo);
  return await mountPrivately({ source, directory, type, flags: untouchedFlags, data });
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
