import { find, type Sources } from './find.ts';
import { describeOrigin } from './given.ts';

/**
 * The first place that has a value wins, for filters of partitions as for all parameters; but here
 * what another place names is lost. A sentence for each that is overridden by a different value.
 */
export function overriddenFilters(sources: Sources): string[] {
  const { directory } = sources.files;
  const withoutOptions = { ...sources, options: {} };
  const withoutFiles = { ...withoutOptions, files: { directory } };
  const lower = [withoutOptions, withoutFiles, { ...withoutFiles, kernel: [] }];
  return (['savePartlabel', 'savePartindex'] as const).flatMap((key) => {
    const used = find(key, sources, []);
    const others = lower
      .map((some) => find(key, some, []))
      .filter((other) => other !== undefined)
      .filter(({ origin, value }) => origin.kind !== used?.origin.kind && value !== used?.value);
    const names = new Set(others.map(({ origin }) => describeOrigin(origin)));
    return [...names].map(
      (name) =>
        `${used && describeOrigin(used.origin)} overrides ${name}: partitions that only the latter names are not saved.`,
    );
  });
}
