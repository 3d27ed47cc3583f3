import { DecodeFault } from './fault.ts';

/**
 * What a grammar asks of the bytes that follow: `take` them in one view (valid until the next
 * request), `pass` them on unread, or `skip` them. The data may end only where the
 * grammar says so, before the first byte of a `take`.
 */
export type Request = { take: number; mayEnd?: boolean } | { pass: number } | { skip: number };

/** A format's grammar: asks with `yield`, is answered with the bytes, returns what it has read. */
export type Grammar<T> = Generator<Request, T, Uint8Array>;

/** Most that can be taken at once. */
export const longestTakeBytes = 1024;

const nothing: Uint8Array = new Uint8Array(0);

/** Runs an endless grammar over data that arrives in chunks of any size. */
export class ByteWalker {
  readonly #grammar: Grammar<never>;
  readonly #pass: (bytes: Uint8Array) => void;
  #request: Request;
  /** How much of the current request has been served. */
  #served = 0;
  readonly #held = new Uint8Array(longestTakeBytes);
  #offsetBytes = 0;

  constructor(grammar: Grammar<never>, pass: (bytes: Uint8Array) => void) {
    this.#grammar = grammar;
    this.#pass = pass;
    this.#request = grammar.next().value;
  }

  /** How far into the data the walk has come. */
  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  /** Throws what the grammar throws, with its place in the data. */
  push(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += this.#serve(bytes, at);
    } catch (error) {
      throw error instanceof DecodeFault ? error.at(this.#offsetBytes) : error;
    }
  }

  /** The data ends here; throws `DecodeFault` unless it may. */
  end(): void {
    const mayEnd = 'take' in this.#request && this.#request.mayEnd === true && this.#served === 0;
    if (!mayEnd) throw new DecodeFault('truncated', 'the data is incomplete', this.#offsetBytes);
  }

  /** Serves the current request from the bytes at `at`; returns how many it used. */
  #serve(bytes: Uint8Array, at: number): number {
    const request = this.#request;
    const wanted = sizeOf(request);
    const length = Math.min(wanted - this.#served, bytes.length - at);
    const view = bytes.subarray(at, at + length);
    let answer = nothing;
    if ('pass' in request) this.#pass(view);
    else if ('take' in request && length === wanted) answer = view;
    else if ('take' in request) {
      this.#held.set(view, this.#served);
      answer = this.#held.subarray(0, wanted);
    }
    this.#served += length;
    this.#offsetBytes += length;
    if (this.#served === wanted) this.#resume(answer);
    return length;
  }

  /** Answers the request, and gets the next that needs any bytes. */
  #resume(answer: Uint8Array): void {
    this.#served = 0;
    do this.#request = this.#grammar.next(answer).value;
    while (sizeOf(this.#request) === 0);
  }
}

function sizeOf(request: Request): number {
  if ('take' in request) return request.take;
  return 'pass' in request ? request.pass : request.skip;
}
