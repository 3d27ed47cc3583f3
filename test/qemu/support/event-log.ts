import { EventEmitter, once } from 'node:events';

/** How long to wait, and what ends the waiting earlier. */
export interface Limit {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Events in their order, and a place in it up to which somebody has waited for them. */
export class EventLog<Event extends { readonly kind: string }> {
  readonly events: Event[] = [];
  readonly #news = new EventEmitter();
  #taken = 0;
  #end: Error | undefined;

  add(event: Event): void {
    this.events.push(event);
    this.#news.emit('news');
  }

  /** No more will come: who waits now or later gets the reason. */
  end(reason: Error): void {
    this.#end = reason;
    this.#news.emit('news');
  }

  /** The next event of these kinds after those that this has returned before. */
  async next(kinds: readonly Event['kind'][], { timeoutMs, signal }: Limit): Promise<Event> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const until = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    for (;;) {
      const index = this.events.findIndex(
        ({ kind }, at) => at >= this.#taken && kinds.includes(kind),
      );
      const found = this.events[index];
      if (found !== undefined) {
        this.#taken = index + 1;
        return found;
      }
      if (this.#end !== undefined) throw this.#end;
      await once(this.#news, 'news', { signal: until }).catch(() => {
        if (signal?.aborted) throw signal.reason;
        throw new Error(`no event ${kinds.join(' or ')} within ${timeoutMs / 1000} s`);
      });
    }
  }
}
