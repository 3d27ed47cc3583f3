import { exitCodes, InstallerError, ParameterError } from '../../lib/errors.ts';
import { withCode } from '../../lib/failure-codes.ts';
import { say, warn } from '../../ui/output.ts';
import { checkArguments } from '../serve/installer-arguments.ts';
import { requireFleet } from '../wanted/fleet-files.ts';
import { type LoadedFleet, loadFleet } from '../wanted/load-fleet.ts';
import { suggestion } from '../wanted/yaml-file.ts';

export interface CheckOptions {
  readonly directory: string;
  readonly machine?: string;
  readonly showSecrets?: true;
}

/** Prints what is wrong, or what there is; returns the exit code. */
export async function runCheck(options: CheckOptions): Promise<number> {
  try {
    await requireFleet(options.directory);
    const fleet = await loadFleet(options.directory);
    for (const line of fleet.warnings) warn(line);
    checkArguments(fleet);
    if (options.machine === undefined) say(summaryOf(fleet, options.directory));
    else
      process.stdout.write(`${configOf(fleet, options.machine, options.showSecrets === true)}\n`);
    return exitCodes.installed;
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    const { reasons = [], code } = error.failure;
    for (const line of reasons) warn(line);
    if (reasons.length === 0) warn(withCode(error.message, code));
    return error.exitCode;
  }
}

function summaryOf({ machines, profiles }: LoadedFleet, directory: string): string {
  const counts = [...profiles.keys()].map((name) => {
    const count = [...machines.values()].filter(({ profile }) => profile === name).length;
    return `${count} of profile ${name}`;
  });
  const parts = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
  return `${directory}: ${machines.size} machines${parts}; every config is valid.`;
}

function configOf(fleet: LoadedFleet, name: string, withSecrets: boolean): string {
  const machine = fleet.machines.get(name);
  const config = withSecrets ? machine?.config : fleet.maskedConfig(name);
  if (config !== undefined) return JSON.stringify(JSON.parse(config.toString()), undefined, 2);
  const failed = `Cannot print the config of ${JSON.stringify(name)}`;
  if (machine !== undefined)
    throw new ParameterError({
      code: 'invalid-command-line',
      failed,
      why: 'a secret is where *** is not possible, such as a mode or the name of a file',
      next: 'Add --show-secrets to print it with its secrets.',
    });
  throw new ParameterError({
    code: 'invalid-command-line',
    failed,
    why: `there is no such machine${suggestion(name, [...fleet.machines.keys()])}`,
    next: 'Give the name of a line in machines.csv.',
  });
}
