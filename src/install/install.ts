import { requireClaimable } from '../disk/own/claimable.ts';
import { OwnedDisk } from '../disk/own/owned-disk.ts';
import {
  dropOldPartitions,
  type NumberedRange,
  rereadPartitions,
  settle,
} from '../disk/partitions/kernel-partitions.ts';
import { InstallerError } from '../lib/errors.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { chooseImage } from '../plan/choose-image.ts';
import { type FoundInstallation, findInstallation } from '../plan/found-installation.ts';
import { nameOfPartition } from '../plan/partition-fates.ts';
import { findTarget, makePlan, type Plan, type PlanOptions, startDownload } from '../plan/plan.ts';
import { warnOfBootOrder } from '../plan/plan-boot-order.ts';
import { prepareSystem } from '../plan/prepare-system.ts';
import { configure } from './configure.ts';
import type { DiskStatus } from './disk-state.ts';
import { type PipelineOptions, type WrittenImage, writeImage } from './pipeline.ts';
import { ReadBack } from './read-back.ts';
import { savedTable } from './saved-table.ts';
import { setBootOrder } from './set-boot-order.ts';
import type { TableWrites } from './table-writes.ts';
import { wholeTable } from './whole-table.ts';

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

/** An installation with the same install id was there: nothing was written. */
export interface AlreadyInstalled {
  readonly found: FoundInstallation;
  /** As of an installation. */
  readonly warnings: readonly string[];
}

export interface Installed {
  readonly plan: Plan;
  readonly image: WrittenImage;
  /** How much of the disk was read and compared; undefined without `--verify`. */
  readonly comparedBytes: number | undefined;
  /** Warnings after the plan, a sentence each; the disk is complete nevertheless. */
  readonly warnings: readonly string[];
}

/**
 * The whole installation, in the order in which it happens. The disk becomes bootable at the very end
 * of the commit, after everything else has succeeded; a failure before that leaves it without a
 * partition table, or with one that has the saved partitions only, and the installation can be
 * repeated. No other program can use the disk during this: it is claimed as soon as it is known, and
 * locked before the first write. If the installation with this install id is on the disk, nothing is
 * fetched and written; the firmware's boot order is set for it as well.
 */
export async function install(
  parameters: Parameters,
  options: InstallOptions,
): Promise<Installed | AlreadyInstalled> {
  const installed = await installOwned(parameters, options);
  // udev scans the disk as soon as it is released: its links exist when the program ends.
  await settle();
  const warnings = await setBootOrder('found' in installed ? installed.found : installed.plan);
  return { ...installed, warnings: [...installed.warnings, ...warnings] };
}

async function installOwned(
  parameters: Parameters,
  options: InstallOptions,
): Promise<Installed | AlreadyInstalled> {
  const { status, onStep, onCompared = () => undefined } = options;
  const { signal } = options.pipeline;

  onStep('plan');
  await prepareSystem();
  const target = await findTarget(parameters);
  status.path = target.path;
  await using disk = await OwnedDisk.claim(target);
  // Before anything is fetched: a server that does not answer must not keep an installed machine.
  const found = await findInstallation(target, parameters);
  if (found !== undefined) return already(found);
  const image = await chooseImage(parameters, target, options.plan.source, signal);
  using download = startDownload(image, options.plan);
  const plan = await makePlan(parameters, target, image, download, options.plan);
  await options.onPlan?.(plan);
  // While the user read the plan, what was fetched ahead may have ended for good.
  await download.requireAlive(signal);

  const readBack = parameters.verify && new ReadBack(plan, { signal, onCompared });
  const use = { record: readBack?.record };
  const table = plan.saved ? savedTable(plan, plan.saved, disk, use) : wholeTable(plan, disk, use);
  status.saved = plan.saved?.partitions.map(nameOfPartition) ?? [];

  onStep('write', plan);
  signal.throwIfAborted();
  await disk.lock({ signal });
  await table.recheck();
  await dropOldPartitions(target, disk.file);
  using failing = new DisposableStack();
  failing.defer(() => rereadTable(plan, disk, table.leftPartitions));
  const written = await disk.write(use, async (device) => {
    // If the first writes fail, an old table may still be there.
    status.state = 'unknown';
    await table.clear(device, () => {
      status.state = table.cleared;
    });
    return await writeImage(plan, download, device, options.pipeline);
  });

  signal.throwIfAborted();
  onStep('configure', plan);
  const warnings = await configure(plan, disk.file, readBack);

  signal.throwIfAborted();
  onStep('commit', plan);
  const lateWarnings = await makeBootable(table, written.head, status, async () => {
    if (readBack === undefined) return;
    onStep('read-back', plan);
    await readBack.rest();
  });
  failing.move();
  const unread = rereadTable(plan, disk, table.newPartitions);
  return {
    plan,
    image: written,
    comparedBytes: readBack?.comparedBytes,
    warnings: [...warnings, ...lateWarnings, ...unread],
  };
}

function already(found: FoundInstallation): AlreadyInstalled {
  return { found, warnings: warnOfBootOrder(found.bootOrder) };
}

async function makeBootable(
  table: TableWrites,
  head: Uint8Array,
  status: DiskStatus,
  beforeLast: () => Promise<void>,
): Promise<string[]> {
  status.state = 'unknown';
  try {
    const warnings = await table.commit(head, beforeLast);
    status.state = 'committed';
    return warnings;
  } catch (error) {
    try {
      await table.withdraw(head);
      status.state = table.cleared;
    } catch (second) {
      throw both(error, second, table.notWithdrawn);
    }
    throw error;
  }
}

/** The first error, with its code and exit code; its reason also says what could not be undone. */
function both(error: unknown, second: unknown, notWithdrawn: string): Error {
  if (!(error instanceof InstallerError && second instanceof InstallerError)) {
    return new SuppressedError(second, error);
  }
  const why = `${error.failure.why}; and ${notWithdrawn}: ${second.failure.why}`;
  return new InstallerError({ ...error.failure, why }, error.exitCode, { cause: error });
}

/** For users who inspect the disk before the reboot; the installation does not depend on it. */
function rereadTable(
  { target }: Plan,
  disk: OwnedDisk,
  partitions: readonly NumberedRange[],
): string[] {
  // Of a disk without a table there is nothing to read.
  if (partitions.length === 0) return [];
  try {
    rereadPartitions(target, disk.file, { partitions });
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
): Promise<Plan | AlreadyInstalled> {
  await prepareSystem();
  const target = await findTarget(parameters);
  status.path = target.path;
  await requireClaimable(target);
  const found = await findInstallation(target, parameters);
  if (found !== undefined) return already(found);
  const image = await chooseImage(parameters, target, plan.source, plan.signal);
  using download = startDownload(image, plan);
  return await makePlan(parameters, target, image, download, plan);
}
