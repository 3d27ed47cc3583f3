import { findBootPartition } from '../blockdev/boot-partition.ts';
import { mountBoot } from '../blockdev/mount.ts';
import { mapPartitions } from '../blockdev/partition-table.ts';
import { WriteError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { bootFiles } from './boot-files.ts';

/**
 * Leaves on the boot partition what the first boot needs: the Ignition config, the stamp with the
 * network arguments, and the platform. The disk has no partition table meanwhile: the kernel is
 * told of the partitions one by one, and forgets them again before this returns.
 */
export async function configure(plan: Plan): Promise<void> {
  await using partitions = await mapPartitions(plan.target, plan.image.gpt.partitions);
  const boot = await findBootPartition(plan.target, partitions.paths);
  await using mounted = await mountBoot(boot);
  try {
    const files = bootFiles(mounted.path);
    if (plan.ignition !== undefined) await files.writeConfig(plan.ignition.bytes);
    else await files.removeConfig();
    await files.writeStamp(plan.stamp);
    const platformId = plan.parameters.platformId?.value;
    if (platformId !== undefined) await files.setPlatform(platformId);
    await files.sync();
  } catch (error) {
    throw asWriteError(error, plan.target.path);
  }
}

function asWriteError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const failed = `Cannot configure ${path}`;
  if (code === 'ENOSPC') {
    return new WriteError(
      {
        failed,
        why: 'the image’s boot file system is full',
        next: 'Use an image with room on its boot partition, or a smaller Ignition config.',
      },
      { cause: error },
    );
  }
  return new WriteError(
    {
      failed,
      why: `its boot file system cannot be written (${(error as Error).message})`,
      next: 'Try another image; if it happens again, check the disk.',
    },
    { cause: error },
  );
}
