import { randomBytes } from 'node:crypto';
import type { Control, Decision, FleetEvent, MachineQuery } from '../model.ts';
import { type Asking, answer, toDisk } from './ask.ts';
import { type ControlOptions, Core } from './core.ts';
import { Views } from './fleet-view.ts';
import { operate } from './operate.ts';
import { clash, mayFetch, noticeOf, progressOf } from './reports.ts';
import { Strangers } from './strangers.ts';
import { isToken } from './tokens.ts';

export type { ControlOptions } from './core.ts';

/** No machine is up again sooner: more of these say nothing new. */
const betweenBootsMs = 20_000;

/**
 * Opens the database and continues where the last server ended. Throws an `InputError` if the
 * database cannot be used. Everything happens within one call, so requests never see half of another.
 */
export function createControl(options: ControlOptions): Control {
  const core = new Core(options);
  const strangers = new Strangers();
  const views = new Views(core, strangers);
  const asking: Asking = {
    core,
    flights: new Map(),
    contests: new Map(),
    random: options.random ?? randomBytes,
  };
  const hearing = new Set<(event: FleetEvent) => void>();
  core.database.onCommitted = (events) => {
    for (const event of events) for (const hear of hearing) hear(event);
  };
  core.record({ kind: 'started', actor: 'server', data: { machines: core.fleet.machines.size } });
  // Silence changes something without any request.
  const timer = setInterval(() => core.sweep(), 5_000).unref();

  const machineOf = (query: MachineQuery) => {
    const found = core.identities.find(query);
    return found.kind === 'machine' ? found.machine : undefined;
  };

  return {
    ask(query, sourceIp) {
      core.sweep();
      const found = core.identities.find(query);
      if (found.kind === 'machine') return answer(asking, found.machine, query, sourceIp);
      if (found.kind === 'clash') {
        for (const name of found.names)
          core.ifWritable(() =>
            clash(
              asking,
              name,
              [sourceIp],
              `A machine has identities of ${found.names.join(' and ')}`,
            ),
          );
        return toDisk(undefined, 'its identities belong to several machines');
      }
      return askUnknown(core, strangers, found, query, sourceIp);
    },
    find: machineOf,
    config(credentials, sourceIp) {
      core.sweep();
      const name = mayFetch(asking, credentials, sourceIp);
      if (name === undefined) return undefined;
      return asking.flights.get(name)?.machine ?? core.fleet.machines.get(name);
    },
    isKnown({ id, token }) {
      const { permit, older } = core.history.of(core.history.machineOf(id) ?? '');
      const all = permit ? [permit, ...older] : older;
      return all.some((one) => one.id === id && isToken(token, one.tokenSha256));
    },
    progress(credentials, events, sourceIp) {
      core.sweep();
      return progressOf(asking, credentials, events, sourceIp);
    },
    notice(credentials, notice, sourceIp) {
      core.sweep();
      return noticeOf(asking, credentials, notice, sourceIp);
    },
    booted(query, sourceIp) {
      const name = machineOf(query)?.name;
      if (name === undefined) return false;
      const { phase, installedGeneration } = core.history.of(name);
      // Anybody can say so: it may show that a system is up, and never end an installation.
      if (installedGeneration === 0 || !/^(installed|came-back|booted)$/.test(phase)) return false;
      const event = { kind: 'booted', machine: name, actor: 'machine', sourceIp } as const;
      if (phase === 'installed') core.record(event);
      else core.recordSometimes(event, phase === 'booted' ? undefined : betweenBootsMs);
      return true;
    },
    operate: (operation, actor) => operate(core, operation, actor),
    reload(fleet) {
      if ('failure' in fleet) {
        core.loadFailure = fleet.failure;
        core.ifWritable(() =>
          core.record({ kind: 'load-failed', actor: 'server', data: { why: fleet.failure } }),
        );
        return;
      }
      delete core.loadFailure;
      core.setFleet(fleet);
      strangers.drop(({ query }) => machineOf(query) !== undefined);
      const data = { machines: fleet.machines.size };
      core.ifWritable(() => core.record({ kind: 'loaded', actor: 'server', data }));
    },
    view() {
      core.sweep();
      return views.fleet();
    },
    machine(name) {
      core.sweep();
      return views.machine(name);
    },
    events: (asked) => core.database.events(asked),
    onCommitted(listener) {
      hearing.add(listener);
      return { [Symbol.dispose]: () => void hearing.delete(listener) };
    },
    settled: () => core.database.settled(),
    isWritable: () => core.database.isWritable,
    [Symbol.dispose]() {
      clearInterval(timer);
      core.database[Symbol.dispose]();
    },
  };
}

function askUnknown(
  core: Core,
  strangers: Strangers,
  found: { readonly name: string; readonly resembles?: string },
  query: MachineQuery,
  sourceIp: string,
): Decision {
  const { name, resembles } = found;
  const stranger = { name, query, sourceIp, heardMs: core.now(), ...(resembles && { resembles }) };
  const data = { unknown: true };
  if (strangers.meet(stranger))
    core.ifWritable(() =>
      core.record({ kind: 'seen', machine: name, actor: 'machine', sourceIp, data }),
    );
  return toDisk(undefined, 'it is in no line of machines.csv');
}
