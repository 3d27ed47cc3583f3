import * as v from 'valibot';
import { isCollection, isNode, type Node } from 'yaml';
import { readDocument, type YamlDocument } from '../../config/butane/document.ts';
import { Findings } from '../../config/butane/findings.ts';
import { formatPath, type PathStep } from '../../config/ignition/finding.ts';
import { suggestion } from '../../lib/suggestion.ts';
import type { Faults, Spot } from './faults.ts';
import type { FleetFile } from './fleet-files.ts';

/** A YAML file of a fleet, all scalars as texts; its places have its name. */
export interface FleetYaml extends YamlDocument {
  place(node: Node): ReturnType<YamlDocument['place']> & Spot;
  at(offset: number): ReturnType<YamlDocument['at']> & Spot;
}

/** What the reader says of a file as a whole, without a word of the text. */
const ofWhole = /^it is (?:empty|larger than \d+ MiB|not text in UTF-8)$/;

/**
 * Reads a YAML text; what is wrong goes to `faults`, in the words of `instead` where the reader's may
 * quote a text that nobody is to see.
 */
export function readYaml(
  { name: file, bytes }: FleetFile,
  faults: Faults,
  instead?: { readonly message: string; readonly next: string },
): FleetYaml | undefined {
  const findings = new Findings();
  const document = readDocument(bytes, findings);
  for (const finding of findings.list) {
    const { message, next } = ofWhole.test(finding.message) ? finding : (instead ?? finding);
    faults[finding.severity === 'warning' ? 'warn' : 'error']({ ...finding, file }, message, next);
  }
  if (document === undefined || findings.failed) return undefined;
  return {
    ...document,
    place: (node) => ({ ...document.place(node), file }),
    at: (offset) => ({ ...document.at(offset), file }),
  };
}

/** A value by a schema, and where each of its parts is. */
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
  const spot = (...path: readonly PathStep[]) => document.place(nodeAt(document.root, path));
  const { success, output, issues = [] } = v.safeParse(schema, document.toJS());
  for (const { path = [], message } of issues) {
    const steps = path.map(({ key }) => key as PathStep);
    const name = steps.length === 0 ? '' : `${formatPath(steps)}: `;
    faults.error(spot(...steps), `${name}${message}`);
  }
  return success ? { value: output, spot } : undefined;
}

/** Where there is nothing at the path, the mapping or list that would have it. */
function nodeAt(root: Node, path: readonly PathStep[]): Node {
  if (path.length === 0) return root;
  const found = isCollection(root) ? root.getIn(path, true) : undefined;
  return isNode(found) ? found : nodeAt(root, path.slice(0, -1));
}

// The kinds of values in these files, with messages for people.

export const text = v.string('it must be a text');

const notMapping = 'it must be a mapping: key: value';

export const list = <const Item extends v.GenericSchema>(item: Item) =>
  v.array(item, 'it must be a list: begin each entry with -');

export const record = <const Value extends v.GenericSchema>(value: Value) =>
  v.record(v.string(), value, notMapping);

/** A mapping with these keys and no others. */
export const mapping = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, ({ expected, path }) => {
    if (expected === 'Object') return notMapping;
    if (expected !== 'never') return 'it is missing';
    return `there is no such key${suggestion(String(path?.at(-1)?.key), Object.keys(entries))}`;
  });
