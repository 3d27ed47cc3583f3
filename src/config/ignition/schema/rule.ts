import * as v from 'valibot';
import type { PathStep } from '../finding.ts';

/** A text that is not empty. */
export const required = v.pipe(v.string(), v.nonEmpty('it is empty'));
export const text = v.optional(v.string());
export const texts = v.optional(v.array(v.string()));
export const flag = v.optional(v.boolean());
/** The reader of the text makes sure that a number is a whole one. */
export const count = v.optional(v.pipe(v.number(), v.minValue(0, 'it is less than 0')));

/** Checks one value: what is wrong with it, undefined when nothing is. */
export function rule<T>(objection: (value: T) => string | undefined) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const message = objection(dataset.value);
    if (message !== undefined) addIssue({ message });
  });
}

/**
 * What is wrong, with which part of the value, and whether only some releases of Ignition refuse
 * it.
 */
export type Objection = readonly [
  path: readonly PathStep[],
  message: string,
  doubtful?: true | undefined,
];

/** Marks an issue of such a kind; nothing else reads what a check expected. */
const doubtfulMark = 'doubtful';

export const isDoubtful = ({ kind, expected }: v.BaseIssue<unknown>) =>
  kind === 'validation' && expected === doubtfulMark;

/** Checks parts of a value against each other. */
export function rules<T>(objections: (value: T) => Iterable<Objection>) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [path, message, doubtful] of objections(dataset.value))
      addIssue({
        message,
        path: path.map(pathItem) as [v.IssuePathItem, ...v.IssuePathItem[]],
        ...(doubtful && { expected: doubtfulMark }),
      });
  });
}

/** Only the keys are read from it. */
function pathItem(key: PathStep): v.IssuePathItem {
  return { type: 'unknown', origin: 'value', input: undefined, key, value: undefined };
}

/** Every element that has the key of an earlier one. */
export function unique<T>(what: string, keyOf: (element: T) => string | undefined) {
  return rules<T[]>((list) => repeated(list, what, keyOf));
}

export function* repeated<T>(
  list: readonly T[],
  what: string,
  keyOf: (element: T) => string | undefined,
): Generator<Objection> {
  const seen = new Set<string>();
  for (const [index, element] of list.entries()) {
    const key = keyOf(element);
    if (key === undefined) continue;
    if (seen.has(key)) yield [[index], `duplicate ${what}`];
    seen.add(key);
  }
}

/** Text of a list, each one once. */
export const distinctTexts = (what: string) =>
  v.optional(
    v.pipe(
      v.array(v.string()),
      unique(what, (element) => element),
    ),
  );

/** An absolute path without redundant parts. */
export const absolutePath = v.pipe(required, rule(objectionToPath));

export function objectionToPath(path: string): string | undefined {
  if (path === '') return undefined;
  if (!path.startsWith('/')) return 'the path must begin with /';
  const steps = path.split('/').slice(1);
  if (path !== '/' && steps.some((step) => ['', '.', '..'].includes(step)))
    return 'the path must not contain //, . or .., or end with /';
  return undefined;
}

/** The entries when the version has them. The type is that of the newest version. */
export function since<E>(minor: number, first: number, entries: E): E {
  return minor >= first ? entries : ({} as E);
}
