import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { entryOf } from '../../lib/entry-of.ts';
import { suggestion } from '../../lib/suggestion.ts';
import { unseenBlank, unseenName } from '../../lib/unseen.ts';
import { formatPath, type PathStep } from '../ignition/finding.ts';
import type { YamlDocument } from './document.ts';
import type { Findings } from './findings.ts';
import { printable, readScalar } from './scalar.ts';
import {
  isRequired,
  type ListType,
  type MappingType,
  type Scalar,
  type Type,
} from './schema-types.ts';
import { type List, type Mapping, type Place, Places, type Value } from './yaml-places.ts';

/** More than any config has, aliases followed. */
const mostValues = 50_000;

/** A config as plain values by its schema, and where each is in the text. */
export class Reader {
  readonly places = new Places();
  readonly #document: YamlDocument;
  readonly #minor: number;
  readonly #findings: Findings;
  #values = 0;

  constructor(document: YamlDocument, minor: number, findings: Findings) {
    this.#document = document;
    this.#minor = minor;
    this.#findings = findings;
  }

  read(type: MappingType): Mapping | undefined {
    return this.#mapping(this.#document.root, type, []);
  }

  #value(node: Node, type: Type, path: readonly PathStep[]): Value | undefined {
    if (this.#exhausted(node, path)) return undefined;
    const target = this.#follow(node);
    if (target === undefined || this.#isNothing(target)) return undefined;
    if (typeof type === 'string') return this.#scalar(target, type, path);
    return 'item' in type ? this.#list(target, type, path) : this.#mapping(target, type, path);
  }

  #scalar(node: Node, type: Scalar, path: readonly PathStep[]): Value | undefined {
    if (!isScalar(node)) {
      const wanted = { text: 'text', number: 'a whole number', flag: 'true or false' }[type];
      return this.#wrong(node, path, `it must be ${wanted}`);
    }
    const reading = readScalar(node, type);
    if ('wrong' in reading) return this.#wrong(node, path, reading.wrong);
    if ('nothing' in reading) return undefined;
    return reading.value;
  }

  #list(node: Node, type: ListType, path: readonly PathStep[]): List | undefined {
    if (!isSeq(node)) return this.#wrong(node, path, 'it must be a list: begin each entry with -');
    const list: List = [];
    this.places.set(list, undefined, this.#place(node, path));
    node.items.forEach((item, index) => {
      const below = [...path, index];
      const value = this.#value(item as Node, type.item, below);
      // An empty entry is kept, as in fcct: as an empty text, or a mapping without keys.
      const kept = value ?? (type.item === 'text' ? '' : typeof type.item === 'object' ? {} : 0);
      list.push(kept);
      const place = this.#place(item as Node, below);
      this.places.set(list, list.length - 1, place);
      if (value === undefined && typeof type.item === 'object') {
        this.places.set(kept as Mapping, undefined, place);
        if (this.#isNothing(item as Node)) this.#require(type.item, new Map(), item as Node, below);
      }
    });
    return list;
  }

  #mapping(node: Node, type: MappingType, path: readonly PathStep[]): Mapping | undefined {
    const target = this.#follow(node);
    if (!isMap(target)) return this.#wrong(node, path, 'it must be a mapping: key: value');
    const mapping: Mapping = {};
    this.places.set(mapping, undefined, this.#place(target, path));
    const entries = this.#entries(target, path, 0);
    for (const [key, { keyNode, value }] of entries) {
      const below = [...path, key];
      const field = entryOf(type.fields, key);
      if (field === undefined || field.generated || field.since > this.#minor) {
        this.#findings.warn(this.#place(keyNode, below), this.#unknown(key, type));
        continue;
      }
      const read = value && this.#value(value, field.type, below);
      if (value === undefined || read === undefined) continue;
      mapping[key] = read;
      this.places.set(mapping, key, this.#place(value, below));
    }
    this.#require(type, entries, target, path);
    return mapping;
  }

  /** What must be given is neither null nor an empty text. */
  #require(
    type: MappingType,
    entries: ReadonlyMap<string, Entry>,
    node: Node,
    path: readonly PathStep[],
  ): void {
    for (const [key, field] of Object.entries(type.fields)) {
      if (!isRequired(field, this.#minor)) continue;
      const value = entries.get(key)?.value;
      if (value === undefined || this.#isNothing(value))
        this.#wrong(node, path, `${key} is missing`);
      else if (this.#isEmpty(value)) this.#wrong(value, [...path, key], 'it is empty');
    }
  }

  /** The entries of a mapping, those of merged ones (`<<: *base`) after its own. */
  #entries(map: YAMLMap, path: readonly PathStep[], depth: number): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    for (const { key, value } of map.items) {
      if (!isScalar(key)) {
        this.#wrong(map, path, 'a key must be a word');
        continue;
      }
      const name = String(key.value);
      if (name === '<<' && key.type === 'PLAIN') merged.push(value as Node);
      else entries.set(name, { keyNode: key, value: (value as Node | null) ?? undefined });
    }
    for (const node of merged) {
      const target = this.#follow(node);
      const sources = isSeq(target) ? target.items.map((item) => item as Node) : [node];
      for (const source of sources) {
        if (this.#exhausted(source, path)) return entries;
        const base = this.#follow(source);
        if (!isMap(base) || depth > 20) {
          this.#wrong(source, path, '<< needs an alias of a mapping');
          continue;
        }
        for (const [name, entry] of this.#entries(base, path, depth + 1)) {
          if (this.#exhausted(source, path)) return entries;
          if (!entries.has(name)) entries.set(name, entry);
        }
      }
    }
    return entries;
  }

  /** Counts what is read; whether it is too much, which only aliases can cause. */
  #exhausted(node: Node, path: readonly PathStep[]): boolean {
    this.#values += 1;
    if (this.#values === mostValues)
      this.#wrong(node, path, `its aliases expand to more than ${mostValues} values`);
    return this.#values >= mostValues;
  }

  #follow(node: Node | null): Node | undefined {
    let target: Node | undefined = node ?? undefined;
    for (let steps = 0; isAlias(target) && steps < 10; steps += 1)
      target = this.#document.resolve(target);
    return target;
  }

  #isNothing(node: Node): boolean {
    const target = this.#follow(node);
    return isScalar(target) && 'nothing' in readScalar(target, 'text');
  }

  #isEmpty(node: Node): boolean {
    const target = this.#follow(node);
    return isScalar(target) && target.value === '';
  }

  #unknown(key: string, { fields }: MappingType): string {
    const known = Object.keys(fields).filter((name) => (fields[name]?.since ?? 0) <= this.#minor);
    const newer = entryOf(fields, key);
    if (newer !== undefined && !newer.generated)
      return `there is no such key in version 1.${this.#minor}.0; version 1.${newer.since}.0 has it`;
    const name = unseenName(unseenBlank.exec(key)?.[0] ?? '');
    if (name !== undefined) return `there is no such key; it contains ${name}`;
    return `there is no such key${suggestion(key, known)}`;
  }

  #wrong(node: Node, path: readonly PathStep[], message: string): undefined {
    this.#findings.error(this.#place(node, path), message);
    return undefined;
  }

  #place(node: Node, path: readonly PathStep[]): Place {
    const named = path.map((step) => (typeof step === 'string' ? printable(step) : step));
    return { ...this.#document.place(node), path: formatPath(named) };
  }
}

interface Entry {
  readonly keyNode: Node;
  readonly value: Node | undefined;
}
