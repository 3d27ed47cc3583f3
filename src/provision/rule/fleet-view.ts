import { isDeepStrictEqual } from 'node:util';
import type { Fleet, WantedMachine } from '../wanted/fleet.ts';
import type { Core } from './core.ts';
import { isAwaited, medianOf, needOf, needOfStranger } from './needs.ts';
import {
  activeOf,
  attemptsAt,
  generationFor,
  heldBecause,
  isActive,
  isInLoop,
  isOlder,
  type Past,
} from './past.ts';
import type { Stranger } from './strangers.ts';
import { type FleetView, installedStates, type MachineState, type MachineView } from './views.ts';

/** How a machine was shown, and from what that followed. */
interface Looked {
  readonly view: MachineView;
  readonly fleet: Fleet;
  readonly past: Past;
  readonly queued: boolean;
  /** It changes by time alone. */
  readonly isTimed: boolean;
}

/** What is shown. A machine of which nothing has changed is the same object as before. */
export class Views {
  #looked = new Map<string, Looked>();
  readonly #strange = new WeakMap<Stranger, MachineView>();
  #shown: FleetView | undefined;
  #version = -1;

  /** The same value as before, if that is younger than a second and nothing has happened. */
  fleet(core: Core): FleetView {
    const { history, fleet, loadFailure, now, version } = core;
    const atMs = now();
    const shown = this.#shown;
    if (shown && this.#version === version && Math.abs(atMs - shown.atMs) < 1000) return shown;
    const rates = ratesOf(core);
    const median = medianOf(rates);
    const lines = [...fleet.machines.values()];
    this.#looked = new Map(lines.map((line) => [line.name, this.#look(core, line, median)]));
    const { gateClosed, held } = history.fleet;
    this.#version = version;
    this.#shown = {
      seq: history.lastSeq,
      atMs,
      held,
      ...(gateClosed !== undefined && { gateClosed }),
      ...(loadFailure !== undefined && { loadFailure }),
      slots: { used: history.active.size, all: fleet.settings.concurrency },
      bytesPerSecond: rates.reduce((sum, rate) => sum + rate, 0),
      machines: [
        ...[...this.#looked.values()].map(({ view }) => view),
        ...core.strangers.all().map((stranger) => this.#viewOfStranger(stranger)),
      ],
    };
    return this.#shown;
  }

  machine(core: Core, name: string): MachineView | undefined {
    const line = core.fleet.machines.get(name);
    if (line) return this.#look(core, line, medianOf(ratesOf(core))).view;
    const stranger = core.strangers.all().find((one) => one.name === name);
    return stranger && this.#viewOfStranger(stranger);
  }

  #look(core: Core, line: WantedMachine, median: number | undefined): Looked {
    const { fleet } = core;
    const past = core.history.of(line.name);
    const queued = core.queue.has(line.name);
    const before = this.#looked.get(line.name);
    const isSame = before?.fleet === fleet && before.past === past && before.queued === queued;
    if (isSame && !before.isTimed) return before;
    const view = viewOf(core, line, past, queued, median);
    const isTimed = isActive(past) || isAwaited(core, line, past) || isInLoop(past, core.now());
    const isEqual = before !== undefined && isDeepStrictEqual(before.view, view);
    return { view: isEqual ? before.view : view, fleet, past, queued, isTimed };
  }

  #viewOfStranger(stranger: Stranger): MachineView {
    const { name, query, sinceMs, heardMs } = stranger;
    const view: MachineView = this.#strange.get(stranger) ?? {
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
    this.#strange.set(stranger, view);
    return view;
  }
}

const ratesOf = ({ history }: Core): number[] =>
  [...history.active].flatMap((name) => activeOf(history.of(name))?.progress?.bytesPerSecond ?? []);

function viewOf(
  core: Core,
  line: WantedMachine,
  past: Past,
  queued: boolean,
  median: number | undefined,
): MachineView {
  const { name, rack, profile, identity } = line;
  const { installed, sinceMs, heardMs, mac } = past;
  const progress = activeOf(past)?.progress;
  const generation = generationFor(line, past);
  const needs = needOf(core, line, past, median);
  return {
    name,
    rack,
    profile,
    state: stateOf(line, past, queued),
    macs: identity.macs.length === 0 && mac !== undefined ? [mac] : identity.macs,
    generation,
    installedGeneration: installed.generation,
    attempts: attemptsAt(generation, past),
    sinceMs,
    ...(heardMs !== undefined && { heardMs }),
    ...(progress && { progress }),
    ...(needs && { needs }),
  };
}

function stateOf(line: WantedMachine, past: Past, queued: boolean): MachineState {
  const { kind } = past.state;
  if (heldBecause(past) !== undefined) return 'held';
  if (queued && !isActive(past)) return 'queued';
  return kind === 'new' || (installedStates.has(kind) && isOlder(line, past)) ? 'ready' : kind;
}
