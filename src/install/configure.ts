import type { DeviceFile } from '../disk/own/device-file.ts';
import { type BootPartition, findBootPartition } from '../disk/partitions/boot-partition.ts';
import { mountBoot } from '../disk/partitions/mount.ts';
import { WriteError } from '../lib/errors.ts';
import type { Plan } from '../plan/plan.ts';
import { canHoldBoot } from '../plan/plan-image.ts';
import type { LeftOnBoot } from './boot-directory.ts';
import { bootFiles } from './boot-files.ts';
import { tooLongForKernel } from './command-line-length.ts';
import type { ReadBack } from './read-back.ts';

/**
 * Writes what the installed system starts with to the boot partition: the Ignition config, the stamp
 * with the network arguments of the first boot, platform, consoles and kernel arguments; and the install id. During this the
 * kernel knows no partitions of the disk. With `readBack` the partition is compared before it is changed, and
 * the files afterwards. Everything is on the disk when this returns. Returns warnings for the user, a
 * sentence each.
 */
export async function configure(
  plan: Plan,
  disk: DeviceFile,
  readBack?: ReadBack,
): Promise<string[]> {
  const candidates = plan.image.gpt.partitions.filter(canHoldBoot);
  const boot = await findBootPartition(plan.target, candidates).catch(async (error) => {
    // The image may have one, and the disk may have lost it.
    for (const candidate of candidates) await readBack?.partition(candidate);
    throw error;
  });
  const { offsetBytes, sizeBytes } = boot;
  // The kernel writes there, past what the open disk refuses.
  disk.refuseSpared({ start: offsetBytes, end: offsetBytes + sizeBytes });
  await readBack?.partition(boot);
  const config = plan.ignition?.bytes;
  const warnings: string[] = [];
  const left: LeftOnBoot = new Map();
  await onBoot(plan, boot, left, async (files) => {
    if (config !== undefined) await files.writeConfig(config);
    else await files.removeConfig();
    await files.writeStamp(plan.stamp);
    await files.writeInstallId(plan.parameters.installId?.value);
    await files.writeNetwork(plan.network.keyfiles?.files ?? []);
    warnings.push(...(await files.setStart(plan.start)));
    const tooLong = tooLongForKernel(await files.entries(), firstBootWords(plan), {
      hasAppended: plan.start.append.length > 0,
    });
    if (tooLong !== undefined) warnings.push(tooLong);
    await files.sync();
  });
  await disk.sync();
  if (readBack === undefined) return warnings;
  // What was just written must be read from the disk, not from memory.
  disk.dropCache();
  await readBack.bootFiles((compare) =>
    onBoot(plan, boot, left, async (files) => compare(await files.firstDifference())),
  );
  return warnings;
}

function firstBootWords({ network, parameters: { extraKcmdline } }: Plan): string[] {
  return [...network.arguments, ...(extraKcmdline ? [extraKcmdline.value] : [])];
}

async function onBoot(
  plan: Plan,
  boot: BootPartition,
  left: LeftOnBoot,
  work: (files: ReturnType<typeof bootFiles>) => Promise<void>,
): Promise<void> {
  await using mounted = await mountBoot(plan.target, boot);
  try {
    await work(bootFiles(mounted.path, left));
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
        code: 'boot-full',
        failed,
        why: 'the image’s boot file system is full',
        next: 'Use an image with room on its boot partition, or a smaller Ignition config.',
      },
      { cause: error },
    );
  }
  return new WriteError(
    {
      code: 'boot-write-failed',
      failed,
      why: `its boot file system cannot be written (${(error as Error).message})`,
      next: 'Try another image; if it happens again, check the disk.',
    },
    { cause: error },
  );
}
