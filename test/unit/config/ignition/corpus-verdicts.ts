import { realVerdicts } from '../../../support/ignition-validate.ts';
import { configOf, corpus } from './corpus.ts';

/** A case that is one element of one list, and can share a config with others of its kind. */
interface Element {
  readonly name: string;
  readonly section: string;
  readonly list: string;
  readonly element: Readonly<Record<string, unknown>>;
}

/** What names an element where that plays no part in the case. */
const plainKeys = ['/a', '/dev/vda', '/dev/vdb', 'r', 'l', 'a', 'a.service'];

/**
 * Whether the real program takes each config of the corpus, by name. It takes one config at a time,
 * and its start costs more than its work: what can be asked in one config is.
 */
export async function corpusVerdicts(version: string): Promise<ReadonlyMap<string, boolean>> {
  const elements = corpus.flatMap(([name, sections]) => asElement(name, sections));
  const shared = new Set(elements.map(({ name }) => name));
  const groups = [...Map.groupBy(elements, ({ section, list }) => `${section}.${list}`).values()];
  const alone = corpus.filter(([name]) => !shared.has(name));
  const verdicts = await realVerdicts(
    [...groups.map(together), ...alone.map(([, sections]) => sections)].map((sections) =>
      JSON.stringify(configOf(sections, version)),
    ),
  );
  const valid = new Map<string, boolean>();
  for (const [number, group] of groups.entries()) {
    for (const [index, { name, section, list }] of group.entries()) {
      const wrong = new RegExp(`error at \\$\\.${section}\\.${list}\\.${index}\\b`);
      valid.set(name, !wrong.test(verdicts[number]?.said ?? ''));
    }
  }
  for (const [index, [name]] of alone.entries())
    valid.set(name, verdicts[groups.length + index]?.valid ?? false);
  return valid;
}

function asElement(name: string, sections: Readonly<Record<string, unknown>>): Element[] {
  // What has no colon in its name is of a wrong type, for which a whole config is refused.
  const [[section, lists] = ['', undefined], ...others] = Object.entries(sections);
  if (!name.includes(':') || others.length > 0 || section === 'ignition') return [];
  const [[list, elements] = ['', undefined], ...otherLists] = Object.entries(lists as object);
  if (otherLists.length > 0 || !Array.isArray(elements) || elements.length !== 1) return [];
  const [element] = elements;
  return plainKeys.includes(element?.[keyOf(element)]) ? [{ name, section, list, element }] : [];
}

function keyOf(element: unknown): string {
  const object = Object(element);
  return ['name', 'device', 'path'].find((key) => key in object) ?? '';
}

function together(group: readonly Element[]): Readonly<Record<string, unknown>> {
  const [{ section, list }] = group as [Element];
  const elements = group.map(({ element }, index) => {
    const key = keyOf(element);
    return { ...element, [key]: String(element[key]).replace(/^[^.]*/, `$&${index}`) };
  });
  return { [section]: { [list]: elements } };
}
