import { hold } from '../blockdev/hold.ts';
import { dropOldPartitions } from '../blockdev/old-partitions.ts';
import { rereadPartitions } from '../blockdev/partition-table.ts';
import { wipeOldSignatures } from '../blockdev/wipe.ts';
import { DeviceWriter, type WriterOptions } from '../blockdev/writer.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { makePlan, type Plan, type PlanOptions } from '../plan/plan.ts';
import { commit, withdraw } from './commit.ts';
import { configure } from './configure.ts';
import type { DiskStatus } from './disk-state.ts';
import { type PipelineOptions, type WrittenImage, writeImage } from './pipeline.ts';
import { ReadBack } from './read-back.ts';

export interface InstallOptions {
  readonly plan: Omit<PlanOptions, 'onTarget'>;
  readonly pipeline: PipelineOptions;
  /** Told the plan; nothing is written before it resolves, or when it throws. */
  readonly onPlan?: (plan: Plan) => Promise<void>;
  /** Told how much of the disk was compared, with `--verify`. */
  readonly onCompared?: (bytes: number) => void;
  /** Told of each step as it begins, of `plan` also without one. */
  readonly onStep: (step: Step, plan?: Plan) => void;
  /** Kept up to date, so that whoever catches a failure knows how far the disk has come. */
  readonly status: DiskStatus;
}

export type Step = 'plan' | 'write' | 'configure' | 'commit' | 'read-back';

export interface Installed {
  readonly plan: Plan;
  readonly image: WrittenImage;
  /** How much of the disk was read and compared; undefined without `--verify`. */
  readonly comparedBytes: number | undefined;
  /** What was noticed after the plan, a sentence each; the disk is complete all the same. */
  readonly warnings: readonly string[];
}

/**
 * The whole installation, in the order in which it happens. The disk becomes bootable in the last
 * write of `commit`, after everything else has succeeded; a failure anywhere before leaves it
 * without a partition table, and a second run simply works.
 */
export async function install(parameters: Parameters, options: InstallOptions): Promise<Installed> {
  const { status, onStep, onCompared = () => undefined } = options;
  const { signal } = options.pipeline;

  onStep('plan');
  await using held = new AsyncDisposableStack();
  const plan = await makePlan(parameters, {
    ...options.plan,
    onTarget: async (target) => {
      status.path = target.path;
      held.use(await hold(target));
    },
  });
  await options.onPlan?.(plan);

  const readBack = parameters.verify && new ReadBack(plan, { signal, onCompared });
  const use = { record: readBack?.record };

  onStep('write', plan);
  const image = await exclusively(plan, use, async (device) => {
    signal.throwIfAborted();
    await dropOldPartitions(plan.target);
    status.state = 'no-table';
    await wipeOldSignatures(plan.target, device);
    await held.disposeAsync();
    return await writeImage(plan, device, options.pipeline);
  });

  signal.throwIfAborted();
  onStep('configure', plan);
  const warnings = await configure(plan, readBack);

  signal.throwIfAborted();
  onStep('commit', plan);
  await makeBootable(plan, image.head, status, use, async () => {
    if (readBack === undefined) return;
    onStep('read-back', plan);
    await readBack.rest();
  });
  const comparedBytes = readBack?.comparedBytes;
  return { plan, image, comparedBytes, warnings: [...warnings, ...(await tellKernel(plan))] };
}

async function makeBootable(
  plan: Plan,
  head: Uint8Array,
  status: DiskStatus,
  use: WriterOptions,
  beforeLast: () => Promise<void>,
): Promise<void> {
  status.state = 'unknown';
  try {
    await exclusively(plan, use, (device) => commit(plan, head, device, beforeLast));
  } catch (error) {
    try {
      await withdraw(plan, head, (offsetBytes, zeros) =>
        exclusively(plan, {}, async (device) => {
          await device.write(offsetBytes, zeros);
          await device.flush();
        }),
      );
      status.state = 'no-table';
    } catch {
      // What failed first is what is told; that the state is unknown says the rest.
    }
    throw error;
  }
  status.state = 'committed';
}

/** For whoever looks at the disk before the reboot; nothing on it depends on this. */
async function tellKernel({ target }: Plan): Promise<string[]> {
  try {
    await rereadPartitions(target);
    return [];
  } catch (error) {
    return [
      `The kernel does not read the new partition table of ${target.path} before the next start ` +
        `(${(error as Error).message}).`,
    ];
  }
}

/** Nobody else may use the device meanwhile; only mounting a partition of it needs it free. */
async function exclusively<T>(
  plan: Plan,
  use: WriterOptions,
  work: (device: DeviceWriter) => Promise<T>,
): Promise<T> {
  await using device = await DeviceWriter.open(plan.target, use);
  return await work(device);
}
