import type { WantedMachine } from '../wanted/fleet.ts';
import type { MachineQuery } from './control-interface.ts';

/** A machine that asked, and is on no line; or whose line does not fit it. */
export interface Stranger {
  readonly name: string;
  readonly query: MachineQuery;
  readonly sourceIp: string;
  /** The machine whose UUID or serial number it has. */
  readonly resembles?: WantedMachine;
  readonly sinceMs: number;
  readonly heardMs: number;
}

const most = 1000;
/** Who has switched it on sees it on the next day. */
const forgottenAfterMs = 86_400_000;
/** The same where there are too many. */
const displacedAfterMs = 3_600_000;

/** Kept in memory, and not many: anybody on the network can make one up. */
export class Strangers {
  readonly #byName = new Map<string, Stranger>();

  /** True: it is new. Where there are too many already, it is left out. */
  meet(stranger: Omit<Stranger, 'sinceMs'>): boolean {
    const known = this.#byName.get(stranger.name);
    if (!known && this.#byName.size >= most) this.forget(stranger.heardMs, displacedAfterMs);
    if (!known && this.#byName.size >= most) return false;
    this.#byName.set(stranger.name, { ...stranger, sinceMs: known?.sinceMs ?? stranger.heardMs });
    return known === undefined;
  }

  /** One that is on a line by now. */
  drop(isKnown: (stranger: Stranger) => boolean): void {
    for (const stranger of this.#byName.values())
      if (isKnown(stranger)) this.#byName.delete(stranger.name);
  }

  /** Those that do not ask any more. Whether there were any. */
  forget(nowMs: number, afterMs = forgottenAfterMs): boolean {
    const before = this.#byName.size;
    this.drop(({ heardMs }) => nowMs - heardMs > afterMs);
    return this.#byName.size < before;
  }

  all(): Stranger[] {
    return [...this.#byName.values()];
  }
}
