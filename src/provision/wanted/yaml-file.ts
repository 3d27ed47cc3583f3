import { closest, distance } from 'fastest-levenshtein';
import * as v from 'valibot';
import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { readDocument, type YamlDocument } from '../../config/butane/document.ts';
import { Findings } from '../../config/butane/findings.ts';
import { formatPath, type PathStep } from '../../config/ignition/finding.ts';
import { printable } from '../../lib/text.ts';
import type { Faults, Spot } from './faults.ts';

/** A file as it was read, and its name below the fleet's directory. */
export interface FleetFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** More than any of these files has, aliases followed. */
const mostValues = 50_000;
const deepest = 10;

/** What the reader says of a file as a whole, without a word of the text. */
const ofWhole = /^it is (?:empty|larger than \d+ MiB|not text in UTF-8)$/;

/**
 * Reads a YAML text that may have a template's scalars in it; what is wrong goes to `faults`, in the
 * words of `instead` where the reader's may quote a text that nobody is to see.
 */
export function readYaml(
  { name, bytes }: FleetFile,
  faults: Faults,
  instead?: { readonly message: string; readonly next: string },
): YamlDocument | undefined {
  const findings = new Findings();
  const document = readDocument(bytes, findings);
  for (const finding of findings.list) {
    const { severity, line, column } = finding;
    const { message, next } = ofWhole.test(finding.message) ? finding : (instead ?? finding);
    faults[severity === 'warning' ? 'warn' : 'error']({ file: name, line, column }, message, next);
  }
  return findings.failed ? undefined : document;
}

/** A value by a schema whose scalars are all texts, and where each of its parts is. */
export interface Parsed<Value> {
  readonly value: Value;
  spot(...path: readonly PathStep[]): Spot;
}

/** Reads a YAML file by a schema; undefined when it does not meet it, and `faults` then say why. */
export function parseYaml<const Schema extends v.GenericSchema>(
  file: FleetFile,
  schema: Schema,
  faults: Faults,
): Parsed<v.InferOutput<Schema>> | undefined {
  const document = readYaml(file, faults);
  if (document === undefined) return undefined;
  const places = new Map<string, Spot>();
  const spot = (...path: readonly PathStep[]): Spot =>
    places.get(formatPath(path)) ??
    (path.length > 0 ? spot(...path.slice(0, -1)) : { file: file.name });
  const input = new Converter(file.name, document, places, faults).value(document.root, []);
  const result = v.safeParse(schema, input);
  for (const issue of result.issues ?? []) {
    const path = (issue.path ?? []).map(({ key }) => key as PathStep);
    const name = formatPath(path);
    faults.error(spot(...path), `${name === '' ? '' : `${name}: `}${messageOf(issue, schema)}`);
  }
  return result.success ? { value: result.output, spot } : undefined;
}

/** Makes plain values of nodes: mappings without a prototype, lists, and texts. */
class Converter {
  #values = 0;

  readonly #name: string;
  readonly #document: YamlDocument;
  readonly #places: Map<string, Spot>;
  readonly #faults: Faults;

  constructor(name: string, document: YamlDocument, places: Map<string, Spot>, faults: Faults) {
    this.#name = name;
    this.#document = document;
    this.#places = places;
    this.#faults = faults;
  }

  value(node: Node | null, path: readonly PathStep[]): unknown {
    const target = isAlias(node) ? this.#document.resolve(node) : node;
    if (target === undefined || target === null) return '';
    const { line, column } = this.#document.place(node ?? target);
    const spot = { file: this.#name, line, column };
    this.#places.set(formatPath(path), spot);
    this.#values += 1;
    if (this.#values === mostValues)
      this.#faults.error(spot, `it has more than ${mostValues} values`);
    if (this.#values >= mostValues) return '';
    // An alias may contain itself.
    if (path.length > deepest) {
      this.#faults.error(spot, `it is nested more than ${deepest} levels deep`);
      return '';
    }
    if (isSeq(target))
      return target.items.map((item, index) => this.value(item as Node, [...path, index]));
    if (!isMap(target)) return isScalar(target) ? String(target.value) : '';
    const mapping: Record<string, unknown> = Object.create(null);
    for (const { key, value } of target.items) {
      const name = isScalar(key) ? String(key.value) : '';
      mapping[name] = this.value(value as Node | null, [...path, name]);
    }
    return mapping;
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  strict_object: 'a mapping: key: value',
  record: 'a mapping: key: value',
  array: 'a list: begin each entry with -',
};

function messageOf({ kind, type, input, path, expected, message }: Issue, schema: object): string {
  if (kind !== 'schema' || type === 'picklist') return message;
  if (expected === 'never') return unknownKey(String(path?.at(-1)?.key), schema, path ?? []);
  if (input === undefined) return 'it is missing';
  return `it must be ${nouns[type] ?? expected}`;
}

type Issue = v.BaseIssue<unknown>;

function unknownKey(key: string, schema: object, path: readonly { key: unknown }[]): string {
  let place: { entries?: object; item?: object; wrapped?: object } | undefined = schema;
  for (const { key: step } of path.slice(0, -1)) {
    while (place?.wrapped !== undefined) place = place.wrapped;
    place = place?.item ?? (place?.entries as Record<string, object> | undefined)?.[String(step)];
  }
  while (place?.wrapped !== undefined) place = place.wrapped;
  return `there is no such key${suggestion(key, Object.keys(place?.entries ?? {}))}`;
}

/** `; the nearest is concurrency` for a name that is close to a known one, otherwise nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const short = printable(name.slice(0, 60));
  const near = closest(short, known);
  return near !== undefined &&
    near !== short &&
    distance(short, near) <= Math.max(2, short.length / 3)
    ? `; the nearest is ${near}`
    : '';
}
