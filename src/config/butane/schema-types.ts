/** How a key of a Fedora CoreOS Config is described, and short words for writing that down. */
export interface Field {
  readonly type: Type;
  /** Minor version of the config specification that introduced it. */
  readonly since: number;
  /** Only in the config, not in Ignition: it expands to something else. */
  readonly sugar?: true;
  /** Only in Ignition. */
  readonly generated?: true;
  /** A config must have it: in every version, or in those before the one given. */
  readonly required?: true | { readonly before: number };
  /** Where it is missing, fcct 0.2.0 wrote null. */
  readonly orNull?: true;
}

export type Scalar = 'text' | 'number' | 'flag';
export interface MappingType {
  readonly fields: Readonly<Record<string, Field>>;
}
export interface ListType {
  readonly item: Scalar | MappingType;
}
export type Type = Scalar | MappingType | ListType;

type Written = Type | Field;

export function mapping(entries: Readonly<Record<string, Written>>): MappingType {
  const fields = Object.entries(entries).map(([key, entry]) => [key, field(entry)] as const);
  return { fields: Object.fromEntries(fields) };
}

const field = (entry: Written): Field =>
  typeof entry === 'object' && 'since' in entry ? entry : { type: entry, since: 0 };
export const list = (item: Scalar | MappingType): ListType => ({ item });
export const since = (minor: number, entry: Written): Field => ({ ...field(entry), since: minor });
export const sugar = (entry: Written): Field => ({ ...field(entry), sugar: true });
export const required = (entry: Written): Field => ({ ...field(entry), required: true });
export const requiredBefore = (minor: number, entry: Written): Field => ({
  ...field(entry),
  required: { before: minor },
});

/** Whether a mapping of version 1.`minor`.0 must have the field. */
export function isRequired({ required, since }: Field, minor: number): boolean {
  if (required === undefined || minor < since) return false;
  return required === true || minor < required.before;
}
