import { find, findAll, type Sources } from './find.ts';
import { noteOverridden } from './given.ts';
import { valueKeys, valueParameters } from './parameters.ts';

/**
 * A list looks as if it were added to those of other places, but the first place that has one wins, except
 * where they add up. A sentence for each place with a value that is not used.
 */
export function overriddenLists(sources: Sources): string[] {
  return valueKeys.flatMap((key) => {
    const { repeated, addsUp } = valueParameters[key];
    if (repeated === undefined) return [];
    const [winner, ...others] = findAll(key, sources, []);
    if (winner === undefined) return [];
    const all = repeated.split(find(key, sources, [])?.value ?? '');
    const lost = addsUp ? ': partitions that only the latter names are not saved' : '';
    return others
      .filter(({ value }) => repeated.split(value).some((one) => !all.includes(one)))
      .flatMap(({ origin }) => noteOverridden(winner.origin, origin, lost));
  });
}
