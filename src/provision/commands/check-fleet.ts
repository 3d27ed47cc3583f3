import { ParameterError } from '../../lib/errors.ts';
import { suggestion } from '../../lib/suggestion.ts';
import { say, warn } from '../../ui/output.ts';
import { type LoadedFleet, loadFleet } from '../wanted/load-fleet.ts';

export interface CheckOptions {
  readonly machine?: string;
  readonly showSecrets?: boolean;
}

/** Prints what there is, or the config of a machine. Throws with all `reasons` for which serve would not use it. */
export async function checkFleet(
  directory: string,
  { machine, showSecrets = false }: CheckOptions,
): Promise<undefined> {
  const fleet = await loadFleet(directory);
  for (const line of fleet.warnings) warn(line);
  if (machine === undefined) say(`${directory}: ${summaryOf(fleet)}; every config is valid.`);
  else process.stdout.write(`${configOf(fleet, machine, showSecrets)}\n`);
}

/** `3 machines (2 of profile worker, 1 of profile edge)` */
function summaryOf({ machines, profiles }: LoadedFleet): string {
  const counts = Map.groupBy(machines.values(), ({ profile }) => profile);
  const parts = [...profiles.keys()].map(
    (name) => `${counts.get(name)?.length ?? 0} of profile ${name}`,
  );
  return `${machines.size} machines${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

function configOf(fleet: LoadedFleet, name: string, withSecrets: boolean): string {
  const machine = fleet.machines.get(name);
  const config = withSecrets ? machine?.config : fleet.maskedConfig(name);
  if (config !== undefined) return JSON.stringify(JSON.parse(config.toString()), undefined, 2);
  const isThere = machine !== undefined;
  throw new ParameterError({
    code: 'invalid-command-line',
    failed: `Cannot print the config of ${JSON.stringify(name)}`,
    why: isThere
      ? 'a secret is where *** is not possible, such as a mode or the name of a file'
      : `there is no such machine${suggestion(name, [...fleet.machines.keys()])}`,
    next: isThere
      ? 'Add --show-secrets to print it with its secrets.'
      : 'Give the name of a line in machines.csv.',
  });
}
