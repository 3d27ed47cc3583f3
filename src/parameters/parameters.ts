import { type Digest, formatDigest } from '../lib/digest.ts';
import type { Flag, Origin, Resolved } from './given.ts';
import type { FlagParameter, ValueParameter } from './parameter-kinds.ts';
import { parameterList } from './parameter-list.ts';

export type { BootOrder, IgnitionCheck } from './formats.ts';
export { describeOrigin, type Flag, type Origin, type Resolved } from './given.ts';

type List = typeof parameterList;
type KeyWith<Property> = {
  [Key in keyof List]: List[Key] extends Property ? Key : never;
}[keyof List];

export type ParameterKey = keyof List;
export type ValueKey = KeyWith<Pick<ValueParameter, 'check'>>;
export type FlagKey = KeyWith<Pick<FlagParameter, 'on'>>;
export type NeededKey = Exclude<
  KeyWith<{ readonly needed: string }>,
  KeyWith<{ readonly instead: string }>
>;
export type FetchingKey = KeyWith<{ readonly fetching: true }>;

/** The list by what all parameters have in common; below, by what values and flags have. */
export const allParameters: Readonly<Record<ParameterKey, ValueParameter | FlagParameter>> =
  parameterList;
export const valueParameters: Readonly<Record<ValueKey, ValueParameter>> = parameterList;
export const flagParameters: Readonly<Record<FlagKey, FlagParameter>> = parameterList;

export const parameterKeys = Object.keys(parameterList) as ParameterKey[];
export const valueKeys = parameterKeys.filter((key) => 'check' in parameterList[key]) as ValueKey[];
export const flagKeys = parameterKeys.filter((key) => 'on' in parameterList[key]) as FlagKey[];
export const neededKeys = valueKeys.filter((key) => valueParameters[key].needed);
export const fetchingKeys = valueKeys.filter(
  (key) => valueParameters[key].fetching,
) as FetchingKey[];

type Value<Key extends ValueKey> = ReturnType<List[Key]['check']>;

/** How things are fetched, by whatever URL; paths are absolute. */
export type Fetching = { readonly [Key in FetchingKey]: Resolved<Value<Key>> | undefined };
type Needed = { readonly [Key in NeededKey]: Resolved<Value<Key>> };
type Others = {
  readonly [Key in Exclude<ValueKey, NeededKey | FetchingKey>]: Resolved<Value<Key>> | undefined;
};
type Flags = { readonly [Key in FlagKey]: Flag };

/** What the user wants, checked as far as text can be checked. */
export interface Parameters extends Needed, Fetching, Others, Flags {
  /** On when the user gave `skip` as the URL of the config. */
  readonly skipIgnition: Flag;
  /** On when the installed system does not keep the first boot’s IP configuration. */
  readonly noPersistIp: Flag;
  /**
   * Kernel arguments for the first boot, as they were written: empty, or `rd.neednet=1` and the
   * others in their order.
   */
  readonly networkArguments: readonly string[];
  readonly networkOrigin: Origin | undefined;
  /** Further kernel argument text for the first boot, such as `coreos.no_persist_ip=1`. */
  readonly extraKcmdline: Resolved<string> | undefined;
  /** What the user should know, a sentence or two each. */
  readonly notes: readonly string[];
}

/** `image-hash` of `--image-hash <digest>`. */
type LongName<Option> = Option extends `${string}--${infer Name} <${string}`
  ? Name
  : Option extends `--${infer Name}`
    ? Name
    : never;
type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;
type Property<Key extends ParameterKey> = List[Key] extends { readonly option: infer Option }
  ? CamelCase<LongName<Option>>
  : never;

/** What the command line gave, as it was typed, under the names that commander gives to options. */
export type ParameterOptions = {
  readonly [Key in ValueKey as Property<Key>]?: string | undefined;
} & {
  readonly [Key in FlagKey as Property<Key>]?: boolean | undefined;
};

export type FetchingOptions = Pick<ParameterOptions, Property<FetchingKey>>;

/** Names of an option, such as `-d, --device <device>`. */
export interface OptionNames {
  /** `-d`, or `--proxy` of an option that has only a long name. */
  readonly short: string;
  /** `--device`. */
  readonly long: string;
  /** `-d DEVICE`. */
  readonly typed: string;
  /** Its property in `ParameterOptions`. */
  readonly property: keyof ParameterOptions;
}

/** Undefined for a parameter that has no option. */
export function optionNames(key: ParameterKey): OptionNames | undefined {
  const [, short, long = short, value] =
    /^(--?[\w-]+)(?:, (--[\w-]+))?(?: <(\w+)>)?$/.exec(allParameters[key].option ?? '') ?? [];
  if (short === undefined || long === undefined) return undefined;
  const property = long.slice(2).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const typed = value === undefined ? short : `${short} ${value.toUpperCase()}`;
  return { short, long, typed, property: property as keyof ParameterOptions };
}

/** A value as its option, its file and its kernel argument take it. */
export function textOf(value: string | true | Digest): string {
  if (value === true) return '1';
  return typeof value === 'string' ? value : formatDigest(value);
}
