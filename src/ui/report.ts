import type { IgnitionPlan } from '../config/fetch-ignition.ts';
import type { ConfigSummary } from '../config/ignition/finding.ts';
import type { AlreadyInstalled, Installed } from '../install/install.ts';
import { algorithmName } from '../lib/digest.ts';
import { formatBytes } from '../lib/quantities.ts';
import { printable } from '../lib/text.ts';
import { describeFound } from '../plan/found-installation.ts';
import type { Plan } from '../plan/plan.ts';
import type { ImagePlan } from '../plan/plan-image.ts';
import type { VerificationPlan, Verified } from '../verify/image-verifier.ts';
import { nameOf } from '../verify/judge.ts';
import { describeContents, describeDisk } from './describe-disk.ts';
import { describeFates } from './describe-fates.ts';
import { alignedRows } from './rows.ts';

/** Printed before each step. */
export const stepTitles = {
  plan: 'Checking the target, the config and the image…',
  write: 'Writing the image…',
  configure: 'Configuring the first boot…',
  commit: 'Making the disk bootable…',
  'read-back': 'Reading the disk back…',
} as const;

/** Printed after each step, followed by its duration. */
export const stepDone = {
  plan: 'Checked',
  write: 'Written',
  configure: 'Configured',
  commit: 'Made bootable',
  'read-back': 'Read back',
} as const;

/** What is about to happen, line by line. */
export function describePlan(plan: Plan): string[] {
  const { parameters, target, contents, image, ignition, saved } = plan;
  const lost = saved
    ? 'All data on it will be lost, except partitions that are kept.'
    : 'All data on it will be lost.';
  return alignedRows([
    ['Target', `${target.path}, ${describeDisk(target)}`, givenAs(target)],
    ['Current contents', describeContents(contents), lost],
    ['Partitions', ...describeFates(plan)],
    ['Image', image.name, describeImage(image)],
    ['Verification', describeVerification(plan.verification)],
    ['Config', ...describeConfig(ignition)],
    ['Install id', parameters.installId?.value],
    ['Platform', parameters.platformId?.value ?? 'as in the image'],
    ['First boot', firstBootArguments(plan)],
    ['Network', ...describeNetwork(plan.network)],
    ['Kernel arguments', ...changedArguments(plan)],
    ['Console', ...consoles(plan)],
    ['Boot order', describeBootOrder(plan.bootOrder)],
  ]);
}

function givenAs({ requested, path }: Plan['target']): string | undefined {
  return requested === path ? undefined : `given as ${requested}`;
}

function describeImage({ format, compressedSizeBytes, sizeBytes, gpt }: ImagePlan): string {
  return [
    format,
    ...(compressedSizeBytes === undefined || format === 'raw'
      ? []
      : [`${formatBytes(compressedSizeBytes)} compressed`]),
    ...(sizeBytes === undefined ? [] : [`${formatBytes(sizeBytes)} on disk`]),
    `GPT with ${gpt.partitions.length} partitions`,
    `${gpt.sectorSizeBytes}-byte sectors`,
  ].join(', ');
}

function describeConfig(ignition: Plan['ignition']): string[] {
  if (ignition === undefined) return ['none'];
  const version = describeVersion(ignition);
  const { name, bytes, summary } = ignition;
  return [name, `${version}, ${bytes.length} bytes`, ...(summary ? describeSummary(summary) : [])];
}

function describeVersion({ translatedFrom, version }: IgnitionPlan): string {
  const checked = version === undefined ? 'not checked' : `Ignition ${version}`;
  return translatedFrom === undefined ? checked : `YAML ${translatedFrom}, translated: ${checked}`;
}

/** `sets users: core; units: httpd.service`, of each kind the first few names. */
function describeSummary({ users, units, files }: ConfigSummary): string[] {
  const kinds = Object.entries({ users, units, files }).filter(([, names]) => names.length > 0);
  if (kinds.length === 0) return [];
  return [`sets ${kinds.map(([kind, names]) => `${kind}: ${firstFew(names)}`).join('; ')}`];
}

function firstFew(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

function firstBootArguments({ network, parameters: { extraKcmdline } }: Plan): string | undefined {
  const text = [...network.arguments, extraKcmdline?.value ?? ''].filter(Boolean).join(' ');
  return text === '' ? 'no further kernel arguments' : text;
}

/** As they were given: those of the image are known only when it is on the disk. */
function changedArguments({ start }: Plan): string[] {
  const listed = (what: string, all: Plan['start']['append']) =>
    all.length === 0 ? [] : [`${what}: ${all.map(({ raw }) => raw).join(' ')}`];
  return [...listed('added', start.append), ...listed('removed', start.remove)];
}

function consoles({ start }: Plan): string[] {
  if (start.consoles.length === 0) return [];
  return [`${start.consoles.map(({ argument }) => argument).join(' ')}, also for GRUB`];
}

/** Nothing if it is not copied. */
function describeNetwork({ isPresent, keyfiles }: Plan['network']): (string | undefined)[] {
  if (isPresent) return ['as this system is configured now: the arguments above'];
  if (keyfiles === undefined) return [undefined];
  const { directory, files } = keyfiles;
  const what = `${files.length} ${files.length === 1 ? 'keyfile' : 'keyfiles'} of ${directory}`;
  return [what, firstFew(files.map(({ name }) => printable(name)))];
}

const bootOrderWords = {
  'disk-first': 'the disk before everything else',
  once: 'the disk the next time, then as before',
} as const;

function describeBootOrder(bootOrder: Plan['bootOrder']): string | undefined {
  if (bootOrder === undefined) return undefined;
  const { order, unchanged } = bootOrder;
  return unchanged === undefined ? bootOrderWords[order] : `as it is: ${unchanged}`;
}

/** The summary of a run that succeeded: what is where, how long it took, and what happens next. */
export function describeResult(
  installed: Installed | AlreadyInstalled,
  elapsedMs: number,
): string[] {
  if ('found' in installed) return [describeFound(installed.found)];
  const { plan, image, comparedBytes } = installed;
  const { target, ignition } = plan;
  const seconds = (elapsedMs / 1000).toFixed(1);
  const sizes = [
    ...(plan.image.format === 'raw' ? [] : [`${image.compressedSizeBytes} bytes compressed`]),
    `${image.sizeBytes} bytes on disk`,
  ].join(', ');
  return [
    `Installed in ${seconds} s.`,
    ...alignedRows(
      [
        ['Target', `${target.path}, ${describeDisk(target)}`],
        ['Image', plan.image.name, sizes],
        ['SHA-256', image.verified.sha256],
        ['Verification', describeVerified(image.verified)],
        [
          'Read back',
          comparedBytes === undefined
            ? undefined
            : `${comparedBytes} bytes, identical to what was written`,
        ],
        ['Config', describeConfig(ignition).slice(0, 2).join(', ')],
      ],
      '  ',
    ),
    `Next: reboot. ${target.path} boots the new system${firstBoot(ignition !== undefined)}.`,
  ];
}

/** The end of a dry run. */
export function describeDryRun(plan: Plan | AlreadyInstalled): string[] {
  if ('found' in plan) return [describeFound(plan.found)];
  return ['Nothing was written: this was a dry run.'];
}

function firstBoot(configured: boolean): string {
  return configured
    ? ', and Ignition configures it on the first boot'
    : ', without an Ignition config';
}

const notVerified = 'not verified (only the file’s own checksums)';

/** How the image was checked. */
function describeVerified({ digests, signers }: Verified): string {
  const ways = [
    ...signers.map((signer) => `signed by ${nameOf(signer)}`),
    ...digests.map(({ algorithm, from }) => `${algorithmName(algorithm)} matches ${from}`),
  ];
  return ways.length === 0 ? notVerified : ways.join('; ');
}

/** How it will be checked. */
function describeVerification({ digests, signature }: VerificationPlan): string {
  const ways = [
    signature && `signature ${signature.name}, with the keys of ${signature.keyring.name}`,
    ...digests.map(({ algorithm, from }) => `${algorithmName(algorithm)} from ${from}`),
  ].filter((way) => way !== undefined);
  return ways.length === 0 ? notVerified : ways.join('; ');
}
