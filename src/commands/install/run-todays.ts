import { readdir } from 'node:fs/promises';
import { exitCodes, ParameterError } from '../../lib/errors.ts';
import type { GivenInFile } from '../../parameters/config-file.ts';
import { runInstall } from './run-install.ts';
import type { CommandOptions } from './run-outcome.ts';
import { originsOf, readOptions, toOptions, wordsOf } from './todays-config.ts';
import { parseTodays, type Todays, type TodaysOptions } from './todays-options.ts';

/** Where live systems of Fedora CoreOS and RHEL CoreOS have their own image, in a format that is not read here. */
const imagesOfLiveSystem = '/run/coreos-installer/osmet';

/**
 * Installs as `coreos-installer install` is asked to. Resolves with 0, 1 or 2, as tools expect of it, or the
 * code of a signal. Throws `ParameterError` before anything is shown.
 */
export async function runTodays(typed: Todays): Promise<number> {
  const exitCode = await runInstall(await readWishes(typed));
  const isOther = exitCode > exitCodes.parameters && exitCode < exitCodes.signalBase;
  return isOther ? exitCodes.internal : exitCode;
}

/** What is asked for. Options of config files, in their order, come before those that were typed. */
export async function readWishes(
  typed: Todays,
  images = imagesOfLiveSystem,
): Promise<CommandOptions> {
  const inFiles: GivenInFile[] = [];
  for (const path of typed.options.configFile ?? []) inFiles.push(...(await readOptions(path)));
  const all = parseTodays([...inFiles.flatMap(wordsOf), ...typed.words], refuseTogether);
  requireSafeConfig(all.options);
  await requireImage(all.options, images);
  return toOptions(all, { origins: originsOf(typed, inFiles), words: typed.words });
}

const refuseTogether = (why: string) =>
  new ParameterError({
    code: 'invalid-command-line',
    failed: 'Cannot use the config files together with the command line',
    why,
    next: 'Correct the file, or the command line.',
  });

/** Without TLS, anyone on the network could give the machine another config. */
function requireSafeConfig({ ignitionUrl, ignitionHash, insecureIgnition }: TodaysOptions): void {
  if (!/^http:/i.test(ignitionUrl ?? '') || ignitionHash !== undefined || insecureIgnition) return;
  throw new ParameterError({
    code: 'ignition-config-insecure',
    failed: 'Cannot use the Ignition config',
    why: 'an http:// URL is not protected against changes on the way, and no digest is given',
    next: 'Use https://, give its digest with --ignition-hash, or accept it with --insecure-ignition.',
  });
}

/** Where nothing is named, the installer of such a live system installs the image of that: not what the default stream has. */
async function requireImage(options: TodaysOptions, images: string): Promise<void> {
  const { stream, imageUrl, imageFile } = options;
  if ((stream ?? imageUrl ?? imageFile) !== undefined) return;
  const names = await readdir(images).catch(() => []);
  if (names.length === 0) return;
  throw new ParameterError({
    code: 'parameter-missing',
    failed: 'Cannot install',
    why: `neither an image nor a stream is given, and the image of this live system (in ${images}) cannot be read by this program`,
    next: 'Give the image with --image-url or --image-file, or a stream of Fedora CoreOS with --stream stable.',
  });
}
