import type { IgnitionPlan } from '../../config/fetch-ignition.ts';
import type { AlreadyInstalled, Installed } from '../../install/install.ts';
import { type Digest, formatDigest } from '../../lib/digest.ts';
import { kernelWords, maskedValue } from '../../parameters/lists.ts';
import {
  type Parameters,
  type Resolved,
  type ValueKey,
  valueParameters,
} from '../../parameters/parameters.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ExpectedDigest } from '../../verify/expected-digest.ts';
import { nameOf } from '../../verify/judge.ts';

/** The parameters that were given: secrets masked, each with where it came from. */
export function parametersData(parameters: Parameters): Record<string, object> {
  const given = Object.entries(parameters).flatMap(([key, field]: [string, unknown]) =>
    isResolved(field)
      ? [[key, { value: shown(key, field.value), from: field.origin }] as const]
      : [],
  );
  const { networkArguments, networkOrigin } = parameters;
  const network = networkOrigin && { value: networkArguments, from: networkOrigin };
  return { ...Object.fromEntries(given), ...(network && { networkArguments: network }) };
}

/** What is about to happen, as JSON shows it. */
export function planData(plan: Plan | AlreadyInstalled): object {
  return 'found' in plan ? resultData(plan) : wholePlanData(plan);
}

function wholePlanData({ parameters, target, contents, image, ignition, ...plan }: Plan) {
  const kept = plan.saved?.partitions.map((one) => ({
    ...{ number: one.number, newNumber: one.newNumber, label: one.name },
    ...{ startBytes: one.offsetBytes, sizeBytes: one.sizeBytes, uuid: one.uniqueGuid },
    ...{ fileSystem: one.fileSystem, savedBy: one.savedBy?.given },
  }));
  const isKept = (startBytes: number) => kept?.some((one) => one.startBytes === startBytes);
  const partitions = contents.partitions.filter(({ startBytes }) => !isKept(startBytes));
  return {
    installId: parameters.installId?.value,
    target: { ...targetData(target), willBeLost: { ...contents, partitions }, kept },
    image: {
      source: image.name,
      format: image.format,
      servedSizeBytes: image.compressedSizeBytes,
      sizeBytes: image.sizeBytes,
      sectorSizeBytes: image.gpt.sectorSizeBytes,
      partitions: image.gpt.partitions.map(
        ({ number, name, typeGuid, offsetBytes, sizeBytes }) => ({
          ...{ number, name, typeGuid, offsetBytes, sizeBytes },
        }),
      ),
      expected: plan.verification.digests.map(expectedData),
      signature: plan.verification.signature?.name,
    },
    config: ignition && configData(ignition),
    firstBoot: {
      networkArguments: plan.network.arguments,
      networkIsPresent: plan.network.isPresent,
      networkKeyfiles: plan.network.keyfiles?.files.map(({ name }) => name),
      extraArguments: parameters.extraKcmdline?.value,
      platform: parameters.platformId?.value,
    },
    everyBoot: {
      added: plan.start.append.map(({ raw }) => raw),
      removed: plan.start.remove.map(({ raw }) => raw),
      consoles: plan.start.consoles.map(({ argument }) => argument),
    },
    bootOrder: plan.bootOrder && {
      order: plan.bootOrder.order,
      unchanged: plan.bootOrder.unchanged,
    },
    warnings: [...parameters.notes, ...plan.warnings],
  };
}

/** What was installed where, or was there already. */
export function resultData(installed: Installed | AlreadyInstalled): object {
  if ('found' in installed) {
    const { target, installId, madeAt } = installed.found;
    const already = { alreadyInstalled: true, installedAt: madeAt.toISOString() };
    return { installId, ...already, target: targetData(target) };
  }
  const { plan, image } = installed;
  const { target, ignition } = plan;
  return {
    installId: plan.parameters.installId?.value,
    target: targetData(target),
    image: {
      source: plan.image.name,
      servedSizeBytes: image.compressedSizeBytes,
      sizeBytes: image.sizeBytes,
      sha256: image.verified.sha256,
      checkedAgainst: image.verified.digests.map(expectedData),
      signedBy: image.verified.signers.map(nameOf),
    },
    config: ignition && configData(ignition),
  };
}

function targetData({
  path,
  requested,
  sizeBytes,
  sectorSizeBytes,
  model,
  serial,
}: Plan['target']) {
  return { path, requested, sizeBytes, sectorSizeBytes, model, serial };
}

function configData({ name, version, bytes, summary }: IgnitionPlan) {
  return { source: name, version, sizeBytes: bytes.length, sets: summary };
}

function expectedData(digest: ExpectedDigest) {
  return { digest: formatDigest(digest), from: digest.from };
}

function isResolved(field: unknown): field is Resolved<unknown> {
  return typeof field === 'object' && field !== null && 'origin' in field && 'value' in field;
}

/** A value as shown: a digest as text, a URL without its secrets. */
function shown(key: string, value: unknown): unknown {
  if (typeof value === 'string') {
    // What is no parameter of the list is text for the kernel of the first boot.
    const { repeated } = valueParameters[key as ValueKey] ?? { repeated: kernelWords };
    return maskedValue(value, repeated);
  }
  return isDigest(value) ? formatDigest(value) : value;
}

function isDigest(value: unknown): value is Digest {
  return typeof value === 'object' && value !== null && 'algorithm' in value;
}
