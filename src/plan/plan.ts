import { type IgnitionPlan, planIgnition } from '../config/fetch-ignition.ts';
import type { DecodeOptions } from '../decode/decoder.ts';
import { type DiskContents, readContents } from '../disk/look/contents.ts';
import { inspectDevice } from '../disk/look/inspect.ts';
import { findTable } from '../disk/look/read-table.ts';
import { realDisks } from '../disk/look/sysfs.ts';
import type { Target } from '../disk/look/target.ts';
import { otherBootPartitions } from '../disk/partitions/boot-partition.ts';
import { openSource } from '../fetch/open-source.ts';
import { ReadAhead } from '../fetch/read-ahead.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { TargetError } from '../lib/errors.ts';
import { isDeviceRule, parseDeviceRule } from '../parameters/device-rule.ts';
import { describeOrigin, type Parameters } from '../parameters/parameters.ts';
import { partitionFilters } from '../parameters/partition-filter.ts';
import type { VerificationPlan } from '../verify/image-verifier.ts';
import { checkFits, checkTarget } from './check-target.ts';
import { chooseDisk } from './choose-disk.ts';
import { type ChosenImage, sourceOf } from './choose-image.ts';
import { warnOfConfigWipes } from './config-wipes.ts';
import { type FirstBootNetwork, planFirstBootNetwork, planKeyfiles } from './first-boot-network.ts';
import { firstbootScript } from './firstboot.ts';
import { surveyDisks } from './list-disks.ts';
import { refuseOwnMedium } from './own-medium.ts';
import { type PartitionFate, partitionFates } from './partition-fates.ts';
import { type BootOrderPlan, planBootOrder, warnOfBootOrder } from './plan-boot-order.ts';
import { type ImagePlan, planImage } from './plan-image.ts';
import { planVerification } from './plan-verification.ts';
import { warnOfReinstallation } from './reinstallation.ts';
import { planSaved, refuseUnreadable, renumbered, type SavedPlan } from './saved-partitions.ts';
import { warnOfPartitions } from './saved-warnings.ts';
import { type SystemStart, systemStart } from './system-start.ts';

/** Everything that is known, and has been checked, before the disk is touched. */
export interface Plan {
  readonly parameters: Parameters;
  readonly target: Target;
  /** What is on the target now. */
  readonly contents: DiskContents;
  /** What becomes of each partition of its GPT. */
  readonly partitions: readonly PartitionFate[];
  /** The partitions that stay; undefined where the whole disk is overwritten. */
  readonly saved: SavedPlan | undefined;
  readonly image: ImagePlan;
  readonly verification: VerificationPlan;
  /** Undefined without a config. */
  readonly ignition: IgnitionPlan | undefined;
  readonly network: FirstBootNetwork;
  /** Undefined if the firmware's boot order is not to be changed. */
  readonly bootOrder: BootOrderPlan | undefined;
  /** Content of `ignition.firstboot`: the network arguments for the first boot, as GRUB script. */
  readonly stamp: string;
  /** What the installed system starts with, where it differs from the image. */
  readonly start: SystemStart;
  /** Warnings, a sentence each; none of them stops the installation. */
  readonly warnings: readonly string[];
}

export interface PlanOptions extends Omit<DecodeOptions, 'jobs' | 'name'> {
  readonly source: SourceOptions;
}

/** The image's download: it starts at once, continues during the planning, and is then read completely. */
export function startDownload(chosen: ChosenImage, { source, signal }: PlanOptions): ReadAhead {
  return new ReadAhead(
    (options) => openSource(chosen.url.value, { ...options, purpose: 'image' }),
    sourceOf(chosen, source),
    signal,
  );
}

/** The disk that the user named, if it may be overwritten; throws `TargetError`. */
export async function findTarget({ device }: Parameters): Promise<Target> {
  if (!isDeviceRule(device.value)) return checkTarget(inspectDevice(device.value));
  const chosen = chooseDisk(parseDeviceRule(device), await surveyDisks());
  const facts = inspectDevice(chosen.path);
  // A name may have gone to another disk since.
  if (facts.device?.majMin !== chosen.majMin || facts.device.diskseq !== chosen.diskseq) {
    throw new TargetError({
      code: 'target-missing',
      failed: `Cannot install to ${chosen.path}`,
      why: 'the disk was replaced while it was chosen',
      next: 'Install again.',
    });
  }
  return checkTarget({ ...facts, requested: device.value });
}

/** Checks everything that can be known before writing; writes nothing to the target. */
export async function makePlan(
  parameters: Parameters,
  target: Target,
  chosen: ChosenImage,
  download: ReadAhead,
  options: PlanOptions,
): Promise<Plan> {
  // At once, as what is wrong with them can be known without the image.
  stampFor(parameters, parameters.networkArguments);
  const keyfiles = await planKeyfiles(parameters);
  const start = systemStart(parameters);
  const { source, signal } = options;
  const found = await findTable(target.path, target);
  const filters = partitionFilters(parameters);
  const contents = await readContents(target.path, target.partitions, found.table);
  refuseOwnMedium(target, contents, realDisks('/sys'));
  refuseUnreadable(target, found, contents, filters);
  const partitions = await partitionFates(target.path, contents, found, filters);

  const { ignitionUrl, ignitionHash, checkIgnition } = parameters;
  const ignition =
    ignitionUrl &&
    (await download.withConnectionFree(() =>
      planIgnition(
        openSource(ignitionUrl.value, { ...source, purpose: 'config' }),
        {
          digest: ignitionHash && {
            ...ignitionHash.value,
            from: describeOrigin(ignitionHash.origin),
          },
          check: checkIgnition?.value,
        },
        signal,
      ),
    ));
  const image = await planImage(download, options);
  checkFits(target, image.gpt);
  const saved = planSaved(target, image, found, partitions);
  const verification = await download.withConnectionFree(() =>
    planVerification(parameters, chosen, source, signal),
  );
  const network = await planFirstBootNetwork(parameters, keyfiles, signal);
  const stamp = stampFor(parameters, network.arguments);
  const bootOrder = planBootOrder(parameters, image.gpt);
  const warnings = [
    ...(ignition ? await warnOfReinstallation(target, found, ignition.bytes) : []),
    ...(ignition?.warnings ?? []),
    ...verification.warnings,
    ...network.warnings,
    ...warnOfBootOrder(bootOrder),
    ...(await otherBootPartitions(target)).map(({ path }) => otherBootWarning(path)),
    ...(saved && ignition ? warnOfConfigWipes(target.path, ignition.bytes, renumbered(saved)) : []),
    ...warnOfPartitions(target.path, image, found, partitions, filters, saved),
  ];
  return {
    ...{
      parameters,
      target,
      contents,
      partitions,
      saved,
      image,
      ignition,
      network,
      bootOrder,
      stamp,
      start,
      warnings,
    },
    verification: verification.plan,
  };
}

function stampFor({ extraKcmdline }: Parameters, networkArguments: readonly string[]): string {
  return firstbootScript({
    networkKcmdline: networkArguments.join(' '),
    extraKcmdline: extraKcmdline?.value ?? '',
  });
}

function otherBootWarning(path: string): string {
  return (
    `${path}, on another disk, also has a file system labelled “boot”: ` +
    'the installed system may use that one. Remove that disk, or relabel its file system.'
  );
}
