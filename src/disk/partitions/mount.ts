import { type Reason, WriteError } from '../../lib/errors.ts';
import type { FailureCode } from '../../lib/failure-codes.ts';
import { closeFd, mountPrivately } from '../../native/system.ts';
import { mountPoint } from '../../system/mount-point.ts';
import { hasCode } from '../../system/retry-while.ts';
import type { Target } from '../look/target.ts';
import { sysBlockOf } from '../look/target-block.ts';
import type { BootPartition } from './boot-partition.ts';
import { openLoopDevice, requireLoopDevices } from './loop-device.ts';

export interface MountedBoot extends AsyncDisposable {
  /** Its root, for this process alone: `/proc/self/fd/N`. */
  readonly path: string;
}

/** MS_NOSUID, MS_NODEV and MS_NOEXEC of mount(2). */
const harmless = 2 | 4 | 8;

/** What a boot loader reads. The image names the kind: no other driver is loaded for it. */
export const bootFileSystems = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat']);

/** Makes sure, as far as can be known before a disk is touched, that `mountBoot` will work. `WriteError`. */
export async function requireMount(): Promise<void> {
  await attempt(
    {
      code: 'loop-devices-missing',
      why: 'there are no loop devices',
      next: 'Run: modprobe loop. In',
    },
    requireLoopDevices,
  );
  const reason = {
    code: 'mount-not-permitted',
    why: 'this system does not permit mounting',
  } as const;
  await attempt({ ...reason, next: 'In' }, async () => {
    await using undo = new AsyncDisposableStack();
    const directory = await mountPoint(undo);
    const nothing = { source: 'tmpfs', directory, type: 'tmpfs', flags: harmless, data: '' };
    await closeFd(await mountPrivately(nothing));
  });
}

async function attempt(
  { code, why, next }: Reason<FailureCode<'write'>>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof WriteError) throw cause;
    throw new WriteError(
      {
        code,
        failed: 'Cannot mount the boot partition of an image',
        why: `${why} (${(cause as Error).message})`,
        next: `${next} a container, share the machine’s /dev: --privileged -v /dev:/dev.`,
      },
      { cause },
    );
  }
}

/**
 * Mounts a boot file system in its place on the disk, where nobody else sees it: a container that starts
 * meanwhile cannot keep it. The disk stays claimed. Disposing unmounts; everything is on the disk
 * after its next sync. Throws `WriteError` when it cannot be mounted or unmounted.
 */
export async function mountBoot(target: Target, boot: BootPartition): Promise<MountedBoot> {
  sysBlockOf(target);
  try {
    return await mount(target, boot);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw cannotMount(target, (error as Error).message, error);
  }
}

async function mount(
  target: Target,
  { offsetBytes, sizeBytes, type }: BootPartition,
): Promise<MountedBoot> {
  if (!bootFileSystems.has(type))
    throw cannotMount(target, `${type} is not supported as a boot file system`);
  await using undo = new AsyncDisposableStack();
  const directory = await mountPoint(undo);
  const { sectorSizeBytes } = target;
  const loop = await openLoopDevice(target.path, { offsetBytes, sizeBytes, sectorSizeBytes });
  undo.defer(() => release(target, loop));
  const source = loop.path;
  const fd = await mountPrivately({ source, directory, type, flags: harmless, data: '' });
  undo.defer(() => closeFd(fd));
  const owned = undo.move();
  return { path: `/proc/self/fd/${fd}`, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What is on the disk is not known to be complete while the file system is still mounted somewhere. */
async function release(target: Target, loop: AsyncDisposable): Promise<void> {
  try {
    await loop[Symbol.asyncDispose]();
  } catch (cause) {
    if (!hasCode('EBUSY')(cause)) throw cause;
    throw new WriteError(
      {
        code: 'boot-unmount-failed',
        failed: `Cannot configure ${target.path}`,
        why: 'its boot file system cannot be unmounted (EBUSY)',
        next: 'Stop the program that uses it, then run the same command again.',
      },
      { cause },
    );
  }
}

function cannotMount({ path }: Target, why: string, cause?: unknown): WriteError {
  return new WriteError(
    {
      code: 'boot-mount-failed',
      failed: `Cannot configure ${path}`,
      why: `the image's boot file system cannot be mounted (${why})`,
      next: 'Check the image, or use one whose boot file system this kernel supports; see also dmesg.',
    },
    { cause },
  );
}
