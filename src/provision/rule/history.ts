import type { StoredEvent } from '../happened/stored-event.ts';
import type { FleetSettings } from '../wanted/fleet.ts';
import { after } from './after.ts';
import { heldBecause, isActive, type Past, untouched } from './past.ts';

/** What is known of the fleet as a whole; without any event it is held. */
export interface FleetPast {
  readonly held: boolean;
  readonly gateClosed?: string;
}

/** What follows from all events, one machine at a time; computed again at every start. */
export class History {
  fleet: FleetPast = { held: true };
  /** Hold a slot. */
  readonly active = new Set<string>();
  lastSeq = 0;
  /** Rises when a machine begins, ends, is up or is to be installed again: what waits may have its turn. */
  moves = 0;
  readonly #pasts = new Map<string, Past>();
  readonly #byInstall = new Map<string, string>();
  /** Of each machine that ended since the gate was opened: whether its last attempt failed; oldest first. */
  readonly #outcomes = new Map<string, boolean>();
  /** Under which name a machine with this identity was installed last. */
  readonly #installedAs = new Map<string, string>();

  of(name: string): Past {
    return this.#pasts.get(name) ?? untouched;
  }

  has(name: string): boolean {
    return this.#pasts.has(name);
  }

  machineOf(install: string): string {
    return this.#byInstall.get(install) ?? '';
  }

  /** The other name under which a machine was installed: its line has been renamed, or exchanged. */
  otherNameOf(identities: readonly string[], name: string): string | undefined {
    return identities
      .map((identity) => this.#installedAs.get(identity))
      .find((other) => other !== undefined && other !== name);
  }

  /** In the order in which they joined the queue. */
  waiting(): string[] {
    return [...this.#pasts]
      .filter(([, past]) => past.waitsSince !== undefined)
      .toSorted(([, one], [, other]) => (one.waitsSince ?? 0) - (other.waitsSince ?? 0))
      .map(([name]) => name);
  }

  add(event: StoredEvent): void {
    const { seq, machine, install, kind, data } = event;
    this.lastSeq = seq;
    // Nothing is remembered of what anybody can make up.
    if (data['unknown'] === true) return;
    if (machine === undefined) {
      this.#addToFleet(event);
      return;
    }
    const before = this.of(machine);
    if (kind === 'permitted') this.#byInstall.set(String(install), machine);
    this.#identify(machine, before, event);
    this.set(machine, after(before, event));
    // Who is held is refused its config, and fails: that says nothing of the others.
    const counts = kind === 'installed' || (kind === 'failed' && heldBecause(before) === undefined);
    if (counts) {
      this.#outcomes.delete(machine);
      this.#outcomes.set(machine, kind === 'failed');
    }
  }

  /** Also for what is not worth an event, such as a request. */
  set(name: string, past: Past): void {
    const { state, installed, reinstallTo } = this.of(name);
    const isSame =
      state.kind === past.state.kind &&
      installed === past.installed &&
      reinstallTo === past.reinstallTo;
    if (!isSame) this.moves += 1;
    this.#pasts.set(name, past);
    if (isActive(past)) this.active.add(name);
    else this.active.delete(name);
  }

  /** Why the gate has to be closed, if it has. */
  tooManyFailures({ failures, percent }: FleetSettings['stopWhen']): string | undefined {
    const ended = [...this.#outcomes];
    const last = percent > 0 ? ended.slice(-Math.ceil((failures * 100) / percent)) : ended;
    const failed = last.filter(([, failed]) => failed).map(([name]) => name);
    if (failures === 0 || failed.length < failures) return undefined;
    const names = failed.slice(-3).join(', ');
    return `${failed.length} of the last ${last.length} machines have failed (last: ${names}).`;
  }

  #identify(name: string, { renamed = [], permits }: Past, { kind, data }: StoredEvent): void {
    if (kind === 'released' || kind === 'adopted')
      for (const identity of renamed) this.#installedAs.delete(identity);
    // From the first report on there may be a system: that of the result may be lost.
    if (!/^(progress|installed|adopted)$/.test(kind)) return;
    const known = kind === 'adopted' ? data['identities'] : permits[0]?.identities;
    for (const identity of [...((known ?? []) as string[]), ...renamed])
      this.#installedAs.set(identity, name);
  }

  #addToFleet({ kind, data }: StoredEvent): void {
    if (kind === 'held') this.fleet = { ...this.fleet, held: true };
    if (kind === 'gate-closed') this.fleet = { ...this.fleet, gateClosed: String(data['why']) };
    if (kind === 'released' || kind === 'adopted') this.fleet = { ...this.fleet, held: false };
    if (kind === 'gate-opened') {
      this.fleet = { held: this.fleet.held };
      this.#outcomes.clear();
    }
  }
}
