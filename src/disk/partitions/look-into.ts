import { closeFd, mountPrivately } from '../../native/system.ts';
import { mountPoint } from '../../system/mount-point.ts';
import { untouchedData, untouchedFlags } from '../../system/untouched-mount.ts';
import type { Target } from '../look/target.ts';
import type { BootPartition } from './boot-partition.ts';
import { openLoopDevice } from './loop-device.ts';

/** A disk or a partition. */
export type Place = Pick<Target, 'path' | 'sectorSizeBytes'>;

/**
 * Calls `look` with the root of a file system, without writing to it. What `look` found stays true
 * if the file system cannot be released afterwards. Throws what `look` throws, and the system's errors
 * (`code`: EINVAL, ENODEV, EUCLEAN, EIO, …) where it cannot be mounted.
 */
export async function lookInto<T>(
  place: Place,
  { offsetBytes, sizeBytes, type }: BootPartition,
  look: (root: string) => Promise<T>,
): Promise<T> {
  const data = untouchedData[type];
  if (data === undefined)
    throw Object.assign(new Error(`${type} is not supported`), { code: 'ENODEV' });
  await using undo = new AsyncDisposableStack();
  const later = (release: () => PromiseLike<void>) =>
    undo.defer(async () => await Promise.resolve(release()).catch(() => undefined));
  const directory = await mountPoint(undo);
  const { path, sectorSizeBytes } = place;
  const range = { offsetBytes, sizeBytes, sectorSizeBytes };
  const loop = await openLoopDevice(path, { ...range, readOnly: true });
  later(() => loop[Symbol.asyncDispose]());
  const source = loop.path;
  const fd = await mountPrivately({ source, directory, type, flags: untouchedFlags, data });
  later(() => closeFd(fd));
  return await look(`/proc/self/fd/${fd}`);
}
