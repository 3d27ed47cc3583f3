/** Wakes those who wait for a change; they look again for themselves at what has changed. */
export class Condition {
  #next: PromiseWithResolvers<void> | undefined;

  notify(): void {
    this.#next?.resolve();
    this.#next = undefined;
  }

  wait(): Promise<void> {
    this.#next ??= Promise.withResolvers<void>();
    return this.#next.promise;
  }
}
