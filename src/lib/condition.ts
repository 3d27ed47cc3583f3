/** Wakes all who wait for a change; each checks for itself what has changed. */
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
