import { formatPath, type PathStep } from '../ignition/finding.ts';
import { ignitionName } from './schema.ts';
import type { Field, MappingType, Type } from './schema-types.ts';
import type { List, Mapping, Place, Places, Value } from './yaml-places.ts';

export interface Emitted {
  readonly config: object;
  /** Where each value of the Ignition config came from, by its path there. */
  readonly places: ReadonlyMap<string, Place>;
}

/**
 * An Ignition config, in the order of Ignition's types. Version 3.0.0 gets all the empty objects
 * that fcct 0.2.0 wrote; later ones have none, as from the later fcct that introduced them.
 */
export function emit(config: Mapping, type: MappingType, minor: number, places: Places): Emitted {
  const emitter = new Emitter(minor, places);
  return { config: emitter.mapping(config, type, []) ?? {}, places: emitter.found };
}

class Emitter {
  readonly found = new Map<string, Place>();
  readonly #minor: number;
  readonly #places: Places;

  constructor(minor: number, places: Places) {
    this.#minor = minor;
    this.#places = places;
  }

  mapping(source: Mapping, type: MappingType, path: readonly PathStep[]): object {
    const out: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(type.fields)) {
      if (field.sugar || field.since > this.#minor) continue;
      const name = ignitionName(key);
      const below = [...path, name];
      this.#note(source, key, below);
      const value = this.#value(source[key], field, below);
      if (value !== undefined) out[name] = value;
    }
    return out;
  }

  #value(value: Value | undefined, { type, ...field }: Field, path: readonly PathStep[]): unknown {
    if (isMapping(type)) {
      const out = this.mapping((value ?? {}) as Mapping, type, path);
      return this.#minor === 0 || Object.keys(out).length > 0 ? out : undefined;
    }
    if (isList(type)) {
      const list = (value ?? []) as List;
      return list.length > 0
        ? list.map((_, index) => this.#item(list, index, type, path))
        : undefined;
    }
    // Ignition has no partition 0: it means the next free one, as no number does.
    if (path.at(-1) === 'number' && value === 0) return undefined;
    if (value === undefined && this.#minor === 0 && field.orNull) return null;
    return value;
  }

  #item(list: List, index: number, { item }: { readonly item: Type }, path: readonly PathStep[]) {
    const below = [...path, index];
    this.#note(list, index, below);
    return isMapping(item) ? this.mapping(list[index] as Mapping, item, below) : list[index];
  }

  #note(container: Mapping | List, step: PathStep, path: readonly PathStep[]): void {
    const place = this.#places.of(container, step);
    if (place !== undefined) this.found.set(formatPath(path), place);
  }
}

const isMapping = (type: Type): type is MappingType => typeof type === 'object' && 'fields' in type;
const isList = (type: Type): type is { item: Type } & Extract<Type, { item: unknown }> =>
  typeof type === 'object' && 'item' in type;
