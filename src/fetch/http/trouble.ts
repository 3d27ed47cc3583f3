import type { Reason } from '../../lib/errors.ts';
import type { FailureCode } from '../../lib/failure-codes.ts';

/** Where a request was sent to. */
export interface Hop {
  readonly url: URL;
  readonly proxy: URL | undefined;
  /** The interface that a link-local address of IPv6 came with. */
  readonly zone?: string | undefined;
}

type Code = FailureCode<'input'>;

/** Why a request failed, and whether the same request may succeed a little later. */
export interface Trouble extends Reason<Code> {
  readonly transient: boolean;
}

export const passing = (code: Code, why: string, next: string): Trouble => ({
  ...{ code, why, next },
  transient: true,
});
export const lasting = (code: Code, why: string, next: string): Trouble => ({
  ...{ code, why, next },
  transient: false,
});
