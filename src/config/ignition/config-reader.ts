import type { MemberNode, ObjectNode, StringNode, ValueNode } from '@humanwhocodes/momoa';
import type { GenericSchema } from 'valibot';
import { suggestion } from '../../lib/suggestion.ts';
import { unseenBlank, unseenName, zeroWidth } from '../../lib/unseen.ts';
import { codeOf, type Finding, formatPath, type PathStep } from './finding.ts';
import { configSchema, newestMinor } from './schema/config.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A config as plain values, with what was odd about its text. */
export interface Reading {
  readonly value: unknown;
  /** Where each value is, by its path. */
  readonly places: ReadonlyMap<string, Place>;
  readonly findings: readonly Finding[];
}

/**
 * Reads from a JSON text the fields of version 3.`minor`, as Ignition does: null is the same as a
 * missing field, unknown fields are ignored, and so is letter case in the names of fields. A number
 * that is not a 64-bit integer becomes NaN.
 */
export function readValues(root: ObjectNode, text: string, minor: number): Reading {
  const reader = new Reader(text, minor);
  const value = reader.object(root, [configSchema(minor), configSchema(newestMinor)], []);
  return { value, places: reader.places, findings: reader.findings };
}

/** The schema of the config's version, and that of the newest, of the same place. */
type Schemas = readonly [own: Described | undefined, newest: Described | undefined];

/** What is used of a schema of valibot's. */
interface Described {
  readonly entries?: Readonly<Record<string, Described>>;
  readonly item?: Described;
  readonly wrapped?: Described;
}

/** Fields that name something. */
const named = ['path', 'name', 'device', 'source', 'url', 'target', 'label', 'format'];
/** A character of the kind at the beginning or the end. */
const edge = new RegExp(`^${unseenBlank.source}|${unseenBlank.source}$`, 'u');

class Reader {
  readonly places = new Map<string, Place>();
  readonly findings: Finding[] = [];
  readonly #text: string;
  readonly #minor: number;

  constructor(text: string, minor: number) {
    this.#text = text;
    this.#minor = minor;
  }

  object(node: ObjectNode, schemas: readonly GenericSchema[], path: readonly PathStep[]): object {
    return this.#object(node, [schemas[0] as Described, schemas[1] as Described], path);
  }

  #value(node: ValueNode, [own, newest]: Schemas, path: readonly PathStep[]): unknown {
    this.places.set(formatPath(path), node.loc.start);
    const schemas: Schemas = [own?.wrapped ?? own, newest?.wrapped ?? newest];
    switch (node.type) {
      case 'Object':
        return this.#object(node, schemas, path);
      case 'Array':
        // Valibot would accept a list as an object without members.
        if (schemas[0]?.entries !== undefined) return null;
        return node.elements.map(({ value }, index) =>
          this.#element(value, [schemas[0]?.item, schemas[1]?.item], [...path, index]),
        );
      case 'Number':
        return this.#number(node);
      case 'String':
        this.#checkUnseen(node, path);
        return node.value;
      case 'Boolean':
        return node.value;
      default:
        return undefined;
    }
  }

  /** Null in a list is an empty element. */
  #element(node: ValueNode, schemas: Schemas, path: readonly PathStep[]): unknown {
    const value = this.#value(node, schemas, path);
    if (node.type !== 'Null') return value;
    return schemas[0]?.entries === undefined ? '' : {};
  }

  #object(node: ObjectNode, [own, newest]: Schemas, path: readonly PathStep[]): object {
    const value: Record<string, unknown> = {};
    if (own?.entries === undefined) return value;
    const names = Object.keys(own.entries);
    const seen = new Set<string>();
    for (const member of node.members) {
      const written = nameOf(member);
      const name = names.includes(written)
        ? written
        : names.find((known) => known.toLowerCase() === written.toLowerCase());
      if (seen.has(name ?? written))
        this.#find(
          'error',
          member,
          [...path, written],
          'it occurs twice; only one of them is used',
        );
      seen.add(name ?? written);
      if (name === undefined) {
        const known = Object.keys(newest?.entries ?? {});
        this.#find('warning', member, [...path, written], this.#unknown(written, names, known));
        continue;
      }
      if (name !== written)
        this.#find('warning', member, [...path, written], `it should be written ${name}`);
      const below: Schemas = [own.entries[name], newest?.entries?.[name]];
      const found = this.#value(member.value, below, [...path, name]);
      if (found !== undefined) value[name] = found;
    }
    return value;
  }

  /** In names and paths, an invisible character makes another name. */
  #checkUnseen({ value, loc }: StringNode, path: readonly PathStep[]): void {
    if (!named.includes(String(path.at(-1)))) return;
    const hidden = zeroWidth.exec(value)?.[0] ?? edge.exec(value)?.[0];
    const name = hidden === undefined ? undefined : unseenName(hidden);
    if (name === undefined) return;
    const { line, column } = loc.start;
    const message = `it contains ${name}, which is invisible`;
    this.findings.push({
      severity: 'warning',
      code: codeOf('warning'),
      path: formatPath(path),
      line,
      column,
      message,
    });
  }

  #unknown(written: string, names: readonly string[], newest: readonly string[]): string {
    if (newest.includes(written))
      return `version 3.${this.#minor}.0 does not have this field; a newer one does`;
    const name = unseenName(unseenBlank.exec(written)?.[0] ?? '');
    if (name !== undefined) return `there is no such field; it contains ${name}`;
    return `there is no such field${suggestion(written, names)}`;
  }

  #number(node: ValueNode): number {
    const raw = this.#text.slice(...(node.range ?? [0, 0]));
    if (!/^-?\d{1,19}$/.test(raw) || BigInt.asIntN(64, BigInt(raw)) !== BigInt(raw)) return NaN;
    return Number(raw);
  }

  #find(
    severity: 'error' | 'warning',
    { name: { loc } }: MemberNode,
    path: readonly PathStep[],
    message: string,
  ): void {
    const { line, column } = loc.start;
    this.findings.push({
      severity,
      code: codeOf(severity),
      path: formatPath(path),
      line,
      column,
      message,
    });
  }
}

function nameOf({ name }: MemberNode): string {
  return name.type === 'String' ? name.value : name.name;
}
