import { find, findAll, type Sources } from './find.ts';
import { describeOrigin } from './given.ts';
import { valueKeys, valueParameters } from './parameters.ts';

/**
 * A list looks as if it were added to those of other places, but the first place that has one wins, except
 * where they add up. A sentence for each place with a value that is not used.
 */
export function overriddenLists(sources: Sources): string[] {
  return valueKeys.flatMap((key) => {
    const { repeated, addsUp } = valueParameters[key];
    const used = find(key, sources, []);
    if (repeated === undefined || used === undefined) return [];
    const all = repeated.split(used.value);
    const [winner, ...others] = findAll(key, sources, []);
    return others
      .filter(({ value }) => repeated.split(value).some((one) => !all.includes(one)))
      .map(({ origin }) => {
        const note = `${winner && describeOrigin(winner.origin)} overrides ${describeOrigin(origin)}`;
        return addsUp
          ? `${note}: partitions that only the latter names are not saved.`
          : `${note}.`;
      });
  });
}
