import type { PathStep } from '../ignition/finding.ts';
import type { List, Mapping, Places, Value } from './yaml-places.ts';

/**
 * What was generated, with what the config says itself merged over it, as Ignition merges a child
 * config over its parent: entries of lists are matched by their key, the generated ones come first.
 */
export function mergeOver(generated: Mapping, own: Mapping, places: Places): Mapping {
  return mapping(generated, own, places);
}

function mapping(generated: Mapping, own: Mapping, places: Places): Mapping {
  const merged: Mapping = {};
  const place = places.of(own) ?? places.of(generated);
  if (place) places.set(merged, undefined, place);
  for (const key of new Set([...Object.keys(generated), ...Object.keys(own)])) {
    const [theirs, ours] = [generated[key], own[key]];
    merged[key] = value(key, theirs, ours, places);
    places.carry(merged, key, ours === undefined ? generated : own, key);
  }
  return merged;
}

function value(
  key: string,
  theirs: Value | undefined,
  ours: Value | undefined,
  places: Places,
): Value {
  if (ours === undefined) return theirs as Value;
  if (theirs === undefined) return ours;
  if (Array.isArray(theirs) && Array.isArray(ours)) return list(key, theirs, ours, places);
  if (isMapping(theirs) && isMapping(ours)) return mapping(theirs, ours, places);
  return ours;
}

function list(key: string, theirs: List, ours: List, places: Places): List {
  const merged: List = [];
  const place = places.of(ours) ?? places.of(theirs);
  if (place) places.set(merged, undefined, place);
  const add = (item: Value, from: List, step: PathStep) => {
    merged.push(item);
    places.carry(merged, merged.length - 1, from, step);
  };
  const taken = new Set<Value>();
  for (const [index, item] of theirs.entries()) {
    const match = ours.find((other) => same(key, item, other));
    if (match !== undefined) taken.add(match);
    if (isMapping(item) && isMapping(match))
      add(mapping(item, match, places), ours, ours.indexOf(match));
    else add(item, theirs, index);
  }
  for (const [index, item] of ours.entries()) if (!taken.has(item)) add(item, ours, index);
  return merged;
}

/** Options are words in an order, and may be repeated. */
const sequences = ['options', 'mount_options', 'open_options'];

function same(key: string, a: Value, b: Value): boolean {
  if (!isMapping(a) || !isMapping(b)) return a === b && !sequences.includes(key);
  const [first, second] = [identity(key, a), identity(key, b)];
  return first !== undefined && first === second;
}

function identity(key: string, item: Mapping): Value | undefined {
  if (key === 'partitions') return item['number'] || item['label'];
  if (key === 'disks' || key === 'filesystems') return item['device'];
  return item['path'] ?? item['name'];
}

function isMapping(value: Value | undefined): value is Mapping {
  return typeof value === 'object' && !Array.isArray(value);
}
