import { Faults } from '../wanted/faults.ts';
import type { Fleet } from '../wanted/fleet.ts';
import type { History } from './history.ts';
import { isOlder } from './past.ts';

/**
 * Warnings, a line each, of generations that were raised to what `reinstall` has reached already: an
 * operator who has raised them waits for an installation that does not come.
 */
export function raisedInVain(before: Fleet, after: Fleet, history: History): readonly string[] {
  const faults = new Faults();
  for (const line of after.machines.values()) {
    const { name, generation } = line;
    const past = history.of(name);
    const isRaised = generation > (before.machines.get(name)?.generation ?? generation);
    if (!isRaised || isOlder(line, past)) continue;
    const has = past.installed.generation;
    const message = `generation ${generation} installs nothing: ${has} is installed already, as by reinstall`;
    faults.warn({ file: 'machines.csv' }, message, `Give ${has + 1} to install it again.`, name);
  }
  return faults.warnings;
}
