import type { Warning } from '../finding.ts';
import type { Config } from '../schema/config.ts';
import { hasInstallSection, hasLinesOutsideSections } from '../schema/unit-syntax.ts';

const outsideSections = 'lines before the first [Section] have no effect';

export function* warningsOfUnits({ systemd = {} }: Config): Generator<Warning> {
  const units = systemd.units ?? [];
  const texts = new Map(units.map(({ name, contents }) => [name, contents]));
  for (const [index, { name, enabled, contents, dropins = [] }] of units.entries()) {
    const place = ['systemd', 'units', index];
    const template = contents ? undefined : texts.get(templateOf(name) ?? '');
    if (enabled && contents && !hasInstallSection(contents))
      yield [[...place, 'enabled'], 'it has no effect: the unit has no [Install] section'];
    else if (enabled && template && !hasInstallSection(template))
      yield [
        [...place, 'enabled'],
        `it has no effect: the template ${templateOf(name)} has no [Install] section`,
      ];
    if (hasLinesOutsideSections(contents ?? '')) yield [[...place, 'contents'], outsideSections];
    for (const [number, dropin] of dropins.entries()) {
      if (hasLinesOutsideSections(dropin.contents ?? ''))
        yield [[...place, 'dropins', number, 'contents'], outsideSections];
    }
  }
}

/** `getty@.service` for `getty@tty1.service`. */
function templateOf(name: string): string | undefined {
  const [, prefix, suffix] = /^([^@]+@)[^@]+(\.[a-z]+)$/.exec(name) ?? [];
  return prefix === undefined ? undefined : `${prefix}${suffix}`;
}
