import { OwnedDisk } from '../disk/own/owned-disk.ts';
import {
  dropOldPartitions,
  rereadPartitions,
  settle,
} from '../disk/partitions/kernel-partitions.ts';
import { wipeOldSignatures } from '../disk/write/wipe.ts';
import type { WriterOptions } from '../disk/write/writer.ts';
import { InstallerError } from '../lib/errors.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { chooseImage } from '../plan/choose-image.ts';
import { findTarget, makePlan, type Plan, type PlanOptions, startDownload } from '../plan/plan.ts';
import { prepareSystem } from '../plan/prepare-system.ts';
import { commit, withdraw } from './commit.ts';
import { configure } from './configure.ts';
import type { DiskStatus } from './disk-state.ts';
import { type PipelineOptions, type WrittenImage, writeImage } from './pipeline.ts';
import { ReadBack } from './read-back.ts';

export interface InstallOptions {
  readonly plan: PlanOptions;
  readonly pipeline: PipelineOptions;
  /** Called with the plan; nothing is written before it resolves, or when it throws. */
  readonly onPlan?: (plan: Plan) => Promise<void>;
  /** Called with how much of the disk has been compared, with `--verify`. */
  readonly onCompared?: (bytes: number) => void;
  /** Called as each step begins, for the step `plan` without a plan. */
  readonly onStep: (step: Step, plan?: Plan) => void;
  /** Kept up to date: after a failure the caller knows the state of the disk. */
  readonly status: DiskStatus;
}

export type Step = 'plan' | 'write' | 'configure' | 'commit' | 'read-back';

export interface Installed {
  readonly plan: Plan;
  readonly image: WrittenImage;
  /** How much of the disk was read and compared; undefined without `--verify`. */
  readonly comparedBytes: number | undefined;
  /** Warnings after the plan, a sentence each; the disk is complete nevertheless. */
  readonly warnings: readonly string[];
}

/**
 * The whole installation, in the order in which it happens. The disk becomes bootable in the last
 * write of `commit`, after everything else has succeeded; a failure before that leaves it without a
 * partition table, and the installation can be repeated. No other program can use the disk during
 * this: it is claimed as soon as it is known, and locked before the first write.
 */
export async function install(parameters: Parameters, options: InstallOptions): Promise<Installed> {
  const installed = await installOwned(parameters, options);
  // udev scans the disk as soon as it is released: its links exist when the program ends.
  await settle();
  return installed;
}

async function installOwned(parameters: Parameters, options: InstallOptions): Promise<Installed> {
  const { status, onStep, onCompared = () => undefined } = options;
  const { signal } = options.pipeline;

  onStep('plan');
  await prepareSystem();
  const target = await findTarget(parameters);
  status.path = target.path;
  const image = await chooseImage(parameters, target, options.plan.source, signal);
  using download = startDownload(image, options.plan);
  await using disk = await OwnedDisk.claim(target);
  const plan = await makePlan(parameters, target, image, download, options.plan);
  await options.onPlan?.(plan);

  const readBack = parameters.verify && new ReadBack(plan, { signal, onCompared });
  const use = { record: readBack?.record };

  onStep('write', plan);
  signal.throwIfAborted();
  await disk.lock({ signal });
  await dropOldPartitions(target, disk.file);
  const written = await disk.write(use, async (device) => {
    // If the first writes fail, an old table may still be there.
    status.state = 'unknown';
    await wipeOldSignatures(target, device);
    status.state = 'no-table';
    return await writeImage(plan, download, device, options.pipeline);
  });

  signal.throwIfAborted();
  onStep('configure', plan);
  const warnings = await configure(plan, disk.file, readBack);

  signal.throwIfAborted();
  onStep('commit', plan);
  await makeBootable(plan, written.head, status, disk, use, async () => {
    if (readBack === undefined) return;
    onStep('read-back', plan);
    await readBack.rest();
  });
  const comparedBytes = readBack?.comparedBytes;
  return {
    plan,
    image: written,
    comparedBytes,
    warnings: [...warnings, ...rereadTable(plan, disk)],
  };
}

async function makeBootable(
  plan: Plan,
  head: Uint8Array,
  status: DiskStatus,
  disk: OwnedDisk,
  use: WriterOptions,
  beforeLast: () => Promise<void>,
): Promise<void> {
  status.state = 'unknown';
  try {
    await disk.write(use, (device) => commit(plan, head, device, beforeLast));
  } catch (error) {
    try {
      await withdraw(plan, head, (offsetBytes, zeros) =>
        disk.write({}, async (device) => {
          await device.write(offsetBytes, zeros);
          await device.flush();
        }),
      );
      status.state = 'no-table';
    } catch (second) {
      throw both(error, second);
    }
    throw error;
  }
  status.state = 'committed';
}

/** The first error, with its code and exit code; its reason also says that the table is still there. */
function both(error: unknown, second: unknown): Error {
  if (!(error instanceof InstallerError && second instanceof InstallerError)) {
    return new SuppressedError(second, error);
  }
  const why = `${error.failure.why}; and its partition table could not be removed: ${second.failure.why}`;
  return new InstallerError({ ...error.failure, why }, error.exitCode, { cause: error });
}

/** For users who inspect the disk before the reboot; the installation does not depend on it. */
function rereadTable({ target, image }: Plan, disk: OwnedDisk): string[] {
  try {
    rereadPartitions(target, disk.file, image.gpt);
    return [];
  } catch (error) {
    return [
      `The kernel cannot read the new partition table of ${target.path} until the next reboot ` +
        `(${(error as Error).message}).`,
    ];
  }
}

/** Everything that an installation does before its first write. */
export async function dryRun(
  parameters: Parameters,
  { plan, status }: Pick<InstallOptions, 'plan' | 'status'>,
): Promise<Plan> {
  await prepareSystem();
  const target = await findTarget(parameters);
  status.path = target.path;
  const image = await chooseImage(parameters, target, plan.source, plan.signal);
  using download = startDownload(image, plan);
  return await makePlan(parameters, target, image, download, plan);
}
