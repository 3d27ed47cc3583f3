import { ParameterError, type Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { maskUrl } from '../lib/mask-url.ts';

/** Where a value came from, in the order in which they win. */
export interface Origin {
  readonly kind: 'option' | 'file' | 'kernel' | 'config';
  /** As the user knows it: `-d`, `/tmp/selected_dev`, `coreos.inst.install_dev=`, `FILE:LINE`. */
  readonly name: string;
}

/** The name of what nobody gave. */
export const byDefault = 'the default';

export interface Resolved<T> {
  readonly value: T;
  readonly origin: Origin;
  /** What each place gave, of a value that several places add to. */
  readonly parts?: readonly Resolved<string>[];
}

/** What each place gave: all of it, if there is only one. */
export function partsOf(given: Resolved<string>): readonly Resolved<string>[] {
  return given.parts ?? [given];
}

/** A sentence for a value that another one overrides, with what follows from that; none for a default. */
export function noteOverridden(winner: Origin, loser: Origin, consequence = ''): string[] {
  return loser.name === byDefault
    ? []
    : [`${describeOrigin(winner)} overrides ${describeOrigin(loser)}${consequence}.`];
}

/** The lower one wins. */
export const rank = ({ kind }: Origin) => ['option', 'file', 'kernel', 'config'].indexOf(kind);

/** A flag is absent unless it is on. */
export type Flag = Resolved<true> | undefined;

/** `-d`, `/tmp/selected_dev`, or `the kernel argument coreos.inst.install_dev=`. */
export function describeOrigin({ kind, name }: Origin): string {
  return kind === 'kernel' ? `the kernel argument ${name}` : name;
}

/** The error for a value; `purpose` is what it was given for, such as `the image`. */
export function unusable(
  { value, origin }: Resolved<string>,
  purpose: string,
  reason: Reason<FailureCode<'parameters'>>,
): ParameterError {
  const shown = JSON.stringify(maskUrl(value));
  return new ParameterError({
    ...reason,
    failed: `Cannot use ${shown} from ${describeOrigin(origin)} as ${purpose}`,
  });
}
