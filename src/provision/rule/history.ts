import type { FleetSettings } from '../model.ts';
import { after, isActive, type MachineEvent, type Past, untouched } from './past.ts';

/** What is known of the fleet as a whole; without any event it is held. */
export interface FleetPast {
  readonly held: boolean;
  readonly gateClosed?: string;
}

/** Of each machine that ended since the gate was opened: whether its last attempt failed; oldest first. */
type Outcomes = Map<string, boolean>;

/** What follows from all events, one machine at a time; computed again at every start. */
export class History {
  fleet: FleetPast = { held: true };
  /** Hold a slot. */
  readonly active = new Set<string>();
  /** Machines whose past is another one since somebody emptied this. */
  readonly changed = new Set<string>();
  readonly #pasts = new Map<string, Past>();
  readonly #byInstall = new Map<string, string>();
  readonly #outcomes: Outcomes = new Map();
  /** Under which name a machine with this identity was installed last. */
  readonly #installedAs = new Map<string, string>();
  lastSeq = 0;
  /** Rises when a machine begins, ends or is up: what waits may have its turn. */
  moves = 0;

  of(name: string): Past {
    return this.#pasts.get(name) ?? untouched;
  }

  has(name: string): boolean {
    return this.#pasts.has(name);
  }

  machineOf(install: string): string | undefined {
    return this.#byInstall.get(install);
  }

  /** The other name under which a machine was installed: its line has been renamed, or exchanged. */
  otherNameOf(identities: readonly string[], name: string): string | undefined {
    const names = identities.map((identity) => this.#installedAs.get(identity));
    return names.find((other) => other !== undefined && other !== name);
  }

  /** In the order in which they joined the queue. */
  waiting(): string[] {
    return [...this.#pasts]
      .filter(([, past]) => past.waitsSince !== undefined)
      .toSorted(([, one], [, other]) => (one.waitsSince ?? 0) - (other.waitsSince ?? 0))
      .map(([name]) => name);
  }

  add(event: MachineEvent): void {
    this.lastSeq = event.seq;
    // Nothing is remembered of what anybody can make up.
    if (event.data['unknown'] === true) return;
    if (event.machine === undefined) this.#addToFleet(event);
    else {
      if (event.install !== undefined && event.kind === 'permitted')
        this.#byInstall.set(event.install, event.machine);
      this.#identify(event.machine, event);
      this.replace(event.machine, after(this.of(event.machine), event));
      if (event.kind === 'failed' || event.kind === 'installed') {
        this.#outcomes.delete(event.machine);
        this.#outcomes.set(event.machine, event.kind === 'failed');
      }
    }
  }

  /** Also for what is not worth an event, such as a sign of life. */
  replace(name: string, past: Past): void {
    const { phase, installedDigest, up } = this.of(name);
    if (phase !== past.phase || installedDigest !== past.installedDigest || up !== past.up)
      this.moves += 1;
    this.#pasts.set(name, past);
    this.changed.add(name);
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

  #identify(name: string, { kind, data }: MachineEvent): void {
    const { renamed = [], permit } = this.of(name);
    if (kind === 'released' || kind === 'adopted')
      for (const identity of renamed) this.#installedAs.delete(identity);
    const known = kind === 'installed' ? permit?.identities : data['identities'];
    if (kind === 'installed' || kind === 'adopted')
      for (const identity of [...((known ?? []) as string[]), ...renamed])
        this.#installedAs.set(identity, name);
  }

  #addToFleet({ kind, data }: MachineEvent): void {
    if (kind === 'held') this.fleet = { ...this.fleet, held: true };
    if (kind === 'gate-closed') this.fleet = { ...this.fleet, gateClosed: String(data['why']) };
    if (kind === 'released' || kind === 'adopted') this.fleet = { ...this.fleet, held: false };
    if (kind === 'gate-opened') {
      this.fleet = { held: this.fleet.held };
      this.#outcomes.clear();
    }
  }
}
