/** Whom a request was sent to. */
export interface Hop {
  readonly url: URL;
  readonly proxy: URL | undefined;
  /** The interface that a link-local address of IPv6 came with. */
  readonly zone?: string | undefined;
}

/** Why a request failed, in words, and whether the same request may succeed a little later. */
export interface Trouble {
  readonly why: string;
  readonly next: string;
  readonly transient: boolean;
}

export const passing = (why: string, next: string): Trouble => ({ why, next, transient: true });
export const lasting = (why: string, next: string): Trouble => ({ why, next, transient: false });
