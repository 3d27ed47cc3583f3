import { exitCodes, ParameterError } from '../../lib/errors.ts';
import type { GivenInFile } from '../../parameters/config-file.ts';
import { runInstall } from './run-install.ts';
import { namesOf, readOptions, toOptions, wordsOf } from './todays-config.ts';
import { parseTodays, type Todays, type TodaysOptions } from './todays-options.ts';

/**
 * Installs as `coreos-installer install` is asked to. Options of config files, in their order, come
 * before those that were typed. Resolves with 0, 1 or 2, as tools expect of it, or the code of a
 * signal. Throws `ParameterError` before anything is shown.
 */
export async function runTodays(typed: Todays): Promise<number> {
  const inFiles: GivenInFile[] = [];
  for (const path of typed.options.configFile ?? []) inFiles.push(...(await readOptions(path)));
  const all = parseTodays([...inFiles.flatMap(wordsOf), ...typed.words], refuseTogether);
  requireSafeConfig(all.options);
  const exitCode = await runInstall(
    toOptions(all, { names: namesOf(typed, inFiles), words: typed.words }),
  );
  const isOther = exitCode > exitCodes.parameters && exitCode < exitCodes.signalBase;
  return isOther ? exitCodes.internal : exitCode;
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
