import type { FleetEvent } from '../happened/fleet-event.ts';
import { ask } from './ask.ts';
import type { Control, MachineQuery } from './control-interface.ts';
import { type ControlOptions, Core } from './core.ts';
import { Views } from './fleet-view.ts';
import { operate } from './operate.ts';
import { configOf, holderOf, noticeOf, progressOf } from './reports.ts';
import { installedStates } from './views.ts';

export type { ControlOptions } from './core.ts';

const sweepEveryMs = 5000;

/**
 * Opens the database and continues where the last server ended. Throws an `InputError` if the
 * database cannot be used. Everything happens within one call, so requests never see half of another.
 */
export function createControl(options: ControlOptions): Control {
  const core = new Core(options);
  const { database } = core;
  const views = new Views();
  const listeners = new Set<(event: FleetEvent) => void>();
  database.onCommitted = (events) => {
    for (const event of events) for (const listener of listeners) listener(event);
  };
  // Silence changes something without any request.
  const sweeping = setInterval(() => core.sweep(), sweepEveryMs).unref();
  core.record({ kind: 'started', actor: 'server', data: { machines: core.fleet.machines.size } });

  /** Each request sees what follows from the time that has passed. */
  const swept = (): Core => {
    core.sweep();
    return core;
  };
  const find = (query: MachineQuery) => {
    const found = core.identities.find(query);
    return found.kind === 'machine' ? found.machine : undefined;
  };
  return {
    find,
    ask: (query, sourceIp) => ask(swept(), query, sourceIp),
    config: (permit, sourceIp) => configOf(swept(), permit, sourceIp),
    isKnown: (permit) => holderOf(core, permit) !== undefined,
    progress: (permit, events, sourceIp) => progressOf(swept(), permit, events, sourceIp),
    notice: (permit, notice, sourceIp) => noticeOf(swept(), permit, notice, sourceIp),
    booted(query, sourceIp) {
      const machine = find(query)?.name;
      if (machine === undefined) return false;
      const { state, installed } = core.history.of(machine);
      // Anybody can say so: it may show that a system is up, and never end an installation.
      if (!installedStates.has(state.kind)) return false;
      const event = { kind: 'booted', machine, actor: 'machine', sourceIp } as const;
      core.recordSometimes(event, !installed.isUp);
      return true;
    },
    operate: (operation, actor) => operate(core, operation, actor),
    reload: (read) => core.reload(read),
    view: () => views.fleet(swept()),
    machine: (name) => views.machine(swept(), name),
    events: (asked) => database.events(asked),
    onCommitted(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    settled: () => database.settled(),
    isWritable: () => database.isWritable,
    [Symbol.dispose]() {
      clearInterval(sweeping);
      database[Symbol.dispose]();
    },
  };
}
