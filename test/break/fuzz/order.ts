import { inputOf } from './targets.ts';

/** Whom to feed, and where to begin. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly forMs: number;
  /** Inputs to begin with, as they are. */
  readonly cases: readonly Uint8Array[];
}

export interface Finding {
  readonly input: Uint8Array;
  readonly message: string;
}

/** Holds the number of the input that is being tried, and outlives the process that tries it. */
export const progressFile = 'progress';

/** Input number `index` of an order, from 0. */
export function inputAt({ target, seed, cases }: Order, index: number): Buffer {
  const known = cases[index];
  return known ? Buffer.from(known) : inputOf(target, seed, index - cases.length);
}
