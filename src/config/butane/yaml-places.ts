import { type Finding, formatPath, type PathStep } from '../ignition/finding.ts';

/** Where something is in the YAML text; line and column count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Such as `storage.files[2].mode`. */
  readonly path: string;
}

export interface Mapping {
  [key: string]: Value;
}
export type List = Value[];
export type Value = string | number | boolean | Mapping | List;

/**
 * Remembers for each mapping and list of a config where it, and what is in it, came from: values
 * move when sugar is expanded, and what is wrong with them is reported where they were written.
 */
export class Places {
  readonly #places = new WeakMap<object, Map<PathStep | undefined, Place>>();

  set(container: Mapping | List, step: PathStep | undefined, place: Place): void {
    const places = this.#places.get(container) ?? new Map<PathStep | undefined, Place>();
    this.#places.set(container, places.set(step, place));
  }

  /** The place of what is under `step`, or of the container itself. */
  of(container: Mapping | List, step?: PathStep): Place | undefined {
    const places = this.#places.get(container);
    return places?.get(step) ?? places?.get(undefined);
  }

  /** All of a generated value comes from one place. */
  setAll<Made extends Mapping | List>(made: Made, place: Place | undefined): Made {
    if (place === undefined) return made;
    this.set(made, undefined, place);
    for (const below of Object.values(made)) {
      if (typeof below === 'object') this.setAll(below as Mapping | List, place);
    }
    return made;
  }

  /** Gives `made[step]` the place of `from[fromStep]`. */
  carry(made: Mapping | List, step: PathStep, from: Mapping | List, fromStep: PathStep): void {
    const place = this.of(from, fromStep);
    if (place !== undefined) this.set(made, step, place);
  }
}

export function placeAt(
  position: { readonly line: number; readonly col: number },
  path: readonly PathStep[],
): Place {
  return { line: position.line, column: position.col, path: formatPath(path) };
}

/** What was found in the Ignition config, with the place in the YAML that it came from. */
export function relocate(finding: Finding, places: ReadonlyMap<string, Place>): Finding {
  for (let path = finding.path; path !== ''; path = path.replace(/(\.\w+|\[[^[]*\]|^\w+)$/, '')) {
    const place = places.get(path);
    if (place !== undefined) return { ...finding, ...place };
    if (/^\w*$/.test(path)) break;
  }
  return { ...finding, line: 1, column: 1 };
}
