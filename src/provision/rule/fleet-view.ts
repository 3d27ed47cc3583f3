import { isDeepStrictEqual } from 'node:util';
import type { FleetView, MachineState, MachineView, WantedMachine } from '../model.ts';
import type { Core } from './core.ts';
import { medianOf, needOf, needOfStranger } from './needs.ts';
import { heldBecause, isActive, type Past } from './past.ts';
import type { Stranger, Strangers } from './strangers.ts';

/**
 * What is shown. Only machines that have changed, or that time alone changes, are looked at again. Of one
 * that looks the same the value stays the same, so that views are compared by identity.
 */
export class Views {
  readonly #core: Core;
  readonly #strangers: Strangers;
  #machines = new Map<string, MachineView>();
  #unknown = new Map<string, MachineView>();
  #shown: FleetView | undefined;
  #fleet: Core['fleet'] | undefined;

  constructor(core: Core, strangers: Strangers) {
    this.#core = core;
    this.#strangers = strangers;
  }

  /** The same value as before, if that is younger than a second and nothing has happened. */
  fleet(): FleetView {
    const { history, fleet, loadFailure, now } = this.#core;
    const atMs = now();
    const shown = this.#shown;
    const quiet = shown?.seq === history.lastSeq && history.changed.size === 0;
    if (shown && quiet && Math.abs(atMs - shown.atMs) < 1000) return shown;
    const rates = this.#refresh();
    const { gateClosed, held } = history.fleet;
    this.#shown = {
      seq: history.lastSeq,
      atMs,
      held,
      ...(gateClosed !== undefined && { gateClosed }),
      ...(loadFailure !== undefined && { loadFailure }),
      slots: { used: history.active.size, all: fleet.settings.concurrency },
      bytesPerSecond: rates.reduce((sum, rate) => sum + rate, 0),
      machines: [...this.#machines.values(), ...this.#unknown.values()],
    };
    return this.#shown;
  }

  machine(name: string): MachineView | undefined {
    this.fleet();
    return this.#machines.get(name) ?? this.#unknown.get(name);
  }

  #refresh(): number[] {
    const { history, fleet } = this.#core;
    const rates = [...history.active]
      .map((name) => history.of(name).progress?.bytesPerSecond)
      .filter((rate) => rate !== undefined);
    const median = medianOf(rates);
    const all = this.#fleet !== fleet;
    const before = this.#machines;
    if (all) this.#machines = new Map();
    this.#fleet = fleet;
    const due = all
      ? fleet.machines.keys()
      : new Set([...history.changed, ...history.active, ...this.#expected()]);
    history.changed.clear();
    for (const name of due) {
      const line = fleet.machines.get(name);
      if (line === undefined) continue;
      const view = this.#look(line, history.of(name), median);
      this.#machines.set(name, sameOr(before.get(name), view));
    }
    const unknown = [...this.#strangers.all()].map((stranger) => this.#strange(stranger));
    this.#unknown = new Map(
      unknown.map((view) => [view.name, sameOr(this.#unknown.get(view.name), view)]),
    );
    return rates;
  }

  /** Whether those that report when they are up come up is a matter of time. */
  *#expected(): Generator<string> {
    const { profiles } = this.#core.fleet;
    for (const [name, { state, profile = '' }] of this.#machines)
      if (state === 'installed' && profiles.get(profile)?.phoneHome) yield name;
  }

  #look(line: WantedMachine, past: Past, median: number | undefined): MachineView {
    const { name, rack, profile, identity } = line;
    const generation = this.#core.generationOf(line);
    const need = needOf(this.#core, name, past, median);
    return {
      name,
      rack,
      profile,
      state: this.#state(name, past, generation),
      macs: identity.macs,
      generation,
      installedGeneration: past.installedGeneration,
      attempts: past.attempts.generation === generation ? past.attempts.count : 0,
      sinceMs: past.sinceMs,
      ...(past.heardMs !== undefined && { heardMs: past.heardMs }),
      ...(past.progress && { progress: past.progress }),
      ...(need && { needs: need }),
    };
  }

  #state(name: string, past: Past, generation: number): MachineState {
    if (heldBecause(past) !== undefined) return 'held';
    if (isActive(past)) return past.phase as MachineState;
    if (this.#core.queue.has(name)) return 'queued';
    if (past.phase === 'failed') return 'failed';
    return past.phase === 'new' || past.installedGeneration < generation ? 'ready' : past.phase;
  }

  #strange(stranger: Stranger): MachineView {
    const { name, query, sinceMs, heardMs } = stranger;
    return {
      name,
      rack: '',
      state: 'unknown',
      macs: query.mac === undefined ? [] : [query.mac],
      generation: 0,
      installedGeneration: 0,
      attempts: 0,
      sinceMs,
      heardMs,
      needs: needOfStranger(stranger),
    };
  }
}

function sameOr(before: MachineView | undefined, now: MachineView): MachineView {
  return before !== undefined && isDeepStrictEqual(before, now) ? before : now;
}
