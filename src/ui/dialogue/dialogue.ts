import { existsSync } from 'node:fs';
import { planIgnition } from '../../config/fetch-ignition.ts';
import { openSource } from '../../fetch/open-source.ts';
import type { SourceOptions } from '../../fetch/source.ts';
import { InstallerError, TargetError } from '../../lib/errors.ts';
import type { Sources } from '../../parameters/find.ts';
import { knownValues } from '../../parameters/find.ts';
import type { ParameterOptions } from '../../parameters/parameters.ts';
import { checkLocation } from '../../parameters/values.ts';
import type { Target } from '../../plan/check-target.ts';
import { type SurveyedDisk, surveyDisks } from '../../plan/list-disks.ts';
import { planImage } from '../../plan/plan-image.ts';
import { describeDisk } from '../describe-disk.ts';
import { say } from '../output.ts';
import type { Asker, Check } from './asker.ts';

export interface DialogueOptions {
  readonly asker: Asker;
  /** For checking the answers: with short timeouts, as the user waits. */
  readonly source: SourceOptions;
  readonly memoryLimitBytes: number;
  readonly signal: AbortSignal;
}

type Answers = Pick<ParameterOptions, 'device' | 'imageUrl' | 'ignitionUrl'>;

/** Asks for what is missing of device, image and config; each answer is checked at once. */
export async function askForMissing(sources: Sources, options: DialogueOptions): Promise<Answers> {
  const known = knownValues(sources);
  say('Some parameters are missing. Enter them below, or press Ctrl-C to quit.');
  say('Nothing is written until you have seen the plan and confirmed it.');
  const { asker } = options;
  const device = known.device === undefined ? await askForDisk(asker) : undefined;
  const needsImage = (known.imageUrl ?? known.stream) === undefined;
  const imageUrl = needsImage
    ? await asker.ask('Image (URL or path):', checkImage(options))
    : undefined;
  const ignitionUrl =
    known.ignitionUrl ??
    (await asker.ask('Ignition config (URL or path, or skip for none):', checkConfig(options)));
  return {
    ...(device !== undefined && { device }),
    ...(imageUrl !== undefined && { imageUrl }),
    ...(known.ignitionUrl === undefined && { ignitionUrl }),
  };
}

/** Asks for the device's name rather than for yes: it must be read to be typed. */
export async function confirm(
  { path }: Target,
  asker: Asker,
  saved: readonly string[] = [],
): Promise<void> {
  const partitions = `partition${saved.length === 1 ? '' : 's'} ${saved.join(', ')}`;
  const what = saved.length === 0 ? path : `${path} except ${partitions}`;
  const name = path.replace(/^\/dev\//, '');
  await asker.ask(`Type ${name} to overwrite ${what} (Ctrl-C to quit):`, (answer) =>
    answer === name || answer === path ? undefined : `That is not ${name}.`,
  );
}

async function askForDisk(asker: Asker): Promise<string> {
  const disks = await surveyDisks();
  if (disks.every(({ refusal }) => refusal !== undefined)) throw noneLeft(disks);
  const choices = disks.map((disk) => ({
    value: nameOf(disk),
    name: `${nameOf(disk)}: ${describeDisk(disk)}`,
    // One reason is enough here; coreos-installer devices lists all.
    disabled: disk.refusal && (disk.refusal.reasons?.[0] ?? disk.refusal.why),
  }));
  return await asker.choose('Disk to install to?', choices);
}

const nameOf = ({ path }: SurveyedDisk) => path.replace(/^\/dev\//, '');

function noneLeft(disks: readonly SurveyedDisk[]): TargetError {
  const [first] = disks;
  const why = first?.refusal
    ? `none of the ${disks.length} disks can be a target: ${first.path}: ${first.refusal.why}`
    : 'no disk was found';
  const next = first
    ? 'To list the reason for each disk: coreos-installer devices'
    : 'A driver may be missing.';
  return new TargetError({ code: 'no-possible-target', failed: 'Cannot install', why, next });
}

function checkImage({ source, ...options }: DialogueOptions): Check {
  return refusalOf(async (location) => {
    await planImage(openSource(located(location, 'the image'), source), options);
  });
}

function checkConfig({ source, signal }: DialogueOptions): Check {
  const check = refusalOf(async (location) => {
    const config = openSource(located(location, 'the Ignition config'), source);
    await planIgnition(config, { digest: undefined, check: 'error' }, signal);
  });
  return (answer) => (answer === 'skip' ? undefined : check(answer));
}

function located(value: string, purpose: string): string {
  const given = { value, origin: { kind: 'option', name: 'your answer' } } as const;
  return checkLocation(given, purpose, existsSync).value;
}

function refusalOf(attempt: (answer: string) => Promise<void>): Check {
  return async (answer) => {
    if (answer === '') return 'An answer is required.';
    try {
      await attempt(answer);
      return undefined;
    } catch (error) {
      if (error instanceof InstallerError) return error.message;
      throw error;
    }
  };
}
