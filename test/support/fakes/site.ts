import { setTimeout as sleep } from 'node:timers/promises';

/** Where fake machines are: what all of them have in common. As JSON, it goes to other processes. */
export interface SiteOptions {
  /** Of the server, as in fleet.yaml. */
  readonly url: string;
  /** Milliseconds of the machines in one of ours: see faster-clock.ts. */
  readonly speed: number;
  /** Whether they fetch kernel, initramfs and image; else only what is asked of the server itself. */
  readonly bytes: boolean;
  /** The chance that something happens to a request: lost, its answer lost, sent twice, or once more later. */
  readonly requestFaults: number;
  readonly seed: number;
  /** `Date.now()` when the first one is switched on; may be to come. */
  readonly startMs: number;
}

/** Times of machines, in ms of theirs. */
export class Site {
  readonly options: SiteOptions;
  readonly #end = new AbortController();
  /** What is still on its way, which nobody waits for. */
  readonly onTheWay = new Set<Promise<unknown>>();
  /** Called with each answer of the server, and after how many of our ms it was complete. */
  onAnswer: (path: string, elapsedMs: number) => void = () => {};

  /** Whether it has been shown that this machine needs a human; undefined where nobody looks. */
  isNamed: ((name: string) => boolean) | undefined;

  constructor(options: SiteOptions) {
    this.options = options;
  }

  now(): number {
    return (Date.now() - this.options.startMs) * this.options.speed;
  }

  async sleep(ms: number): Promise<void> {
    await sleep(Math.max(0, ms / this.options.speed), undefined, { signal: this.#end.signal });
  }

  /** Ends all waiting: each machine stops where it is. */
  end(): void {
    this.#end.abort();
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }
}
