import { algorithmName } from '../digest.ts';
import type { Installed } from '../install/install.ts';
import type { IgnitionPlan } from '../plan/fetch-ignition.ts';
import { formatBytes } from '../plan/format-bytes.ts';
import type { Plan } from '../plan/plan.ts';
import type { VerificationPlan, Verified } from '../verify/image-verifier.ts';
import { nameOf } from '../verify/judge.ts';

/** What is announced before each step. */
export const stepTitles = {
  plan: 'Checking the target, the config and the image…',
  write: 'Writing the image…',
  configure: 'Configuring the first boot…',
  commit: 'Making the disk bootable…',
} as const;

/** What is about to happen, line by line. */
export function describePlan({ target, image, verification, ignition }: Plan): string[] {
  const shown =
    target.requested === target.path
      ? target.path
      : `${target.path} (given as ${target.requested})`;
  const model = [target.model, target.serial]
    .filter((text) => text !== undefined)
    .join(', serial ');
  const sizes = [
    image.compressedSizeBytes === undefined
      ? undefined
      : `${formatBytes(image.compressedSizeBytes)} as served`,
    image.sizeBytes === undefined ? undefined : `${formatBytes(image.sizeBytes)} on disk`,
  ].filter((text) => text !== undefined);
  const lines = [
    `Target: ${shown}, ${formatBytes(target.sizeBytes)}${model === '' ? '' : `, ${model}`}. All data on it will be lost.`,
    `Image: ${image.source.name} (${[image.format, ...sizes].join(', ')}, ${image.gpt.partitions.length} partitions).`,
    describeVerification(verification),
  ];
  if (ignition !== undefined) {
    lines.push(
      `Config: ${ignition.name} (${describeVersion(ignition)}, ${ignition.bytes.length} bytes).`,
    );
  }
  return lines;
}

function describeVersion({ translatedFrom, version }: IgnitionPlan): string {
  const checked = version === undefined ? 'not checked' : `Ignition ${version}`;
  return translatedFrom === undefined ? checked : `YAML ${translatedFrom}, translated: ${checked}`;
}

/** What was installed, line by line. */
export function describeResult({ plan, image }: Installed, elapsedMs: number): string[] {
  const { target, ignition } = plan;
  const config =
    ignition === undefined ? 'no Ignition config' : `the Ignition config ${ignition.name}`;
  return [
    `Installed ${plan.image.source.name} on ${target.path} with ${config}.`,
    `Image as served: ${image.compressedSizeBytes} bytes, SHA-256 ${image.verified.sha256}.`,
    describeVerified(image.verified),
    `Image on disk: ${image.sizeBytes} bytes, in ${(elapsedMs / 1000).toFixed(1)} s.`,
    `Done. Reboot, and ${target.path} boots the new system; Ignition configures it on the first boot.`,
  ];
}

/** How the image as served was checked, in a sentence. */
function describeVerified({ digests, signers }: Verified): string {
  const ways = [
    ...signers.map((signer) => `signed by ${nameOf(signer)}`),
    ...digests.map(({ algorithm, from }) => `${algorithmName(algorithm)} as ${from} says`),
  ];
  return ways.length === 0 ? 'Image not verified.' : `Image verified: ${ways.join('; ')}.`;
}

/** How it will be checked. */
function describeVerification({ digests, signature }: VerificationPlan): string {
  const ways = [
    signature && `the signature ${signature.name}, with the keys of ${signature.keyring.name}`,
    ...digests.map(({ algorithm, from }) => `the ${algorithmName(algorithm)} that ${from} says`),
  ].filter((way) => way !== undefined);
  return `Verification: ${ways.length === 0 ? 'none' : ways.join('; ')}.`;
}
