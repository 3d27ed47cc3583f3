import { distance } from 'fastest-levenshtein';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { ParameterError } from '../lib/errors.ts';

/** An option, as a config file may have it. */
export interface OptionForm {
  /** Without its dashes: `image-url`. */
  readonly name: string;
  readonly takesValue: boolean;
  /** Whether it may be given several times. */
  readonly repeats: boolean;
}

/** What a config file says of one option; of a list each element by itself. */
export interface GivenInFile {
  readonly name: string;
  /** As it was written; `true` for an option without a value. */
  readonly value: string | true;
  /** `FILE:LINE`. */
  readonly place: string;
}

/**
 * Reads a config file of the installer: a YAML mapping from the long names of options to their
 * values. Whatever is not understood is a `ParameterError` with its line and column: what it was
 * meant to say could be which disk to leave alone.
 */
export function readConfigFile(
  path: string,
  bytes: Uint8Array,
  forms: readonly OptionForm[],
): GivenInFile[] {
  const text = decode(path, bytes);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => lines.linePos(offset);
  const refuse = (offset: number, why: string, next?: string) => {
    const { line, col } = at(offset);
    return invalid(path, `line ${line}, column ${col}: ${why}`, next);
  };
  const [problem] = document.errors;
  if (problem) throw refuse(problem.pos[0], firstLine(problem.message));
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) throw refuse(startOf(contents), 'it is not a mapping of options to values');

  return contents.items.flatMap(({ key, value }): GivenInFile[] => {
    const keyAt = startOf(key as Node);
    if (!isScalar(key) || typeof key.value !== 'string')
      throw refuse(keyAt, 'the name of an option is a text');
    const name = key.value;
    const form = forms.find((one) => one.name === name);
    if (form === undefined) throw refuse(keyAt, `unknown option ${name}`, suggest(name, forms));
    const place = `${path}:${at(keyAt).line}`;
    const one = (node: unknown): GivenInFile[] => {
      const offset = node === null ? keyAt : startOf(node as Node);
      if (!isScalar(node)) throw refuse(offset, `${name} has a value that is not a text`);
      const given = givenBy(node.value, node.source, form);
      if (typeof given === 'object') throw refuse(offset, `${name} ${given.why}`);
      return given === undefined ? [] : [{ name, value: given, place }];
    };
    if (!isSeq(value)) return one(value);
    if (!form.repeats) throw refuse(startOf(value), `${name} cannot have several values`);
    return value.items.flatMap(one);
  });
}

/** As on the command line; undefined for an option that is not given. */
function givenBy(
  value: unknown,
  source: string | undefined,
  { takesValue, repeats }: OptionForm,
): string | true | undefined | { readonly why: string } {
  if (!takesValue) {
    if (value === true) return true;
    return value === false ? undefined : { why: 'has no value: write true' };
  }
  // `null` or `~`, not a value that was forgotten. As a list it is none: it could be which partitions to keep.
  if (value === null && source && !repeats) return undefined;
  if (typeof value === 'string') return value === '' ? { why: 'has an empty value' } : value;
  // `5` and `0x05` as they are written: the check of the option knows what it means.
  return typeof value === 'number' ? (source ?? String(value)) : { why: 'needs a value' };
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'it is not UTF-8 text');
  }
}

function suggest(name: string, forms: readonly OptionForm[]): string | undefined {
  const [closest] = forms
    .map((form) => ({ name: form.name, letters: distance(form.name, name) }))
    .sort((a, b) => a.letters - b.letters);
  return closest && closest.letters <= 2 ? `The nearest option is ${closest.name}.` : undefined;
}

const startOf = (node: Node) => node.range?.[0] ?? 0;

const firstLine = (text: string) => text.split('\n')[0]?.replace(/[.:]$/, '') ?? '';

function invalid(path: string, why: string, next?: string): ParameterError {
  return new ParameterError({
    code: 'installer-config-invalid',
    failed: `Cannot use the config file ${path}`,
    why,
    next: next ?? 'Correct it: each line is the long name of an option, a colon, and its value.',
  });
}
