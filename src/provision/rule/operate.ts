import { ParameterError } from '../../lib/errors.ts';
import type { Operation, WantedMachine } from '../model.ts';
import type { Core } from './core.ts';
import { identitiesOf } from './identify.ts';
import { heldBecause, isActive, type Past } from './past.ts';

type Refusal = { readonly why: string; readonly next: string } | undefined;

/** What an operator does. Returns the machines that it has changed. */
export function operate(core: Core, operation: Operation, actor: string): readonly string[] {
  const { kind, machine } = operation;
  if (machine === undefined) return operateAll(core, operation, actor);
  const line = core.fleet.machines.get(machine);
  if (line === undefined)
    throw refused(kind, machine, 'machine-unknown', {
      why: 'machines.csv has no machine of this name',
      next: 'Look for the name with: coreos-provision status',
    });
  const refusal = refusalOf(core, operation, core.history.of(machine), line);
  if (refusal) throw refused(kind, machine, 'machine-state-unsuitable', refusal);
  const why = 'why' in operation ? operation.why : undefined;
  const about = { machine, actor };
  if (kind === 'hold')
    core.record({ kind: 'held', ...about, data: { why: why ?? 'Held by an operator.' } });
  if (kind === 'release') core.record({ kind: 'released', ...about });
  if (kind === 'retry') core.record({ kind: 'retried', ...about });
  if (kind === 'adopt') adopt(core, line, actor);
  if (kind === 'reinstall')
    core.record({ kind: 'reinstall', ...about, data: { generation: core.generationOf(line) + 1 } });
  return [machine];
}

/** The fleet as a whole. What is held by name stays so: somebody had a reason. */
function operateAll(core: Core, { kind, ...rest }: Operation, actor: string): readonly string[] {
  const { history, fleet } = core;
  const lines = [...fleet.machines.values()];
  const why = 'why' in rest ? rest.why : undefined;
  if (kind === 'hold') {
    core.record({ kind: 'held', actor, data: { why: why ?? 'Held by an operator.' } });
  } else if (kind === 'release') {
    core.record({ kind: 'released', actor });
    core.record({ kind: 'gate-opened', actor });
  } else {
    const adopted = lines.filter((line) => !isActive(history.of(line.name)) && isOlder(core, line));
    for (const line of adopted) adopt(core, line, actor);
    core.record({ kind: 'adopted', actor, data: { machines: adopted.length } });
    return adopted.map(({ name }) => name);
  }
  return lines
    .filter(({ name }) => heldBecause(history.of(name)) === undefined)
    .map(({ name }) => name);
}

function adopt(core: Core, line: WantedMachine, actor: string): void {
  const generation = core.generationOf(line);
  const data = { generation, identities: identitiesOf(line) };
  core.record({ kind: 'adopted', machine: line.name, actor, data });
}

const isOlder = (core: Core, line: WantedMachine) =>
  core.history.of(line.name).installedGeneration < core.generationOf(line);

function refusalOf(core: Core, { kind }: Operation, past: Past, line: WantedMachine): Refusal {
  const { name } = line;
  const held = heldBecause(past);
  const installs = { why: 'it is being installed', next: 'Wait until that has ended.' };
  switch (kind) {
    case 'hold':
      return undefined;
    case 'release':
      if (held !== undefined) return undefined;
      return core.history.fleet.held
        ? {
            why: 'not this machine is held, but the fleet',
            next: 'Run: coreos-provision release --all',
          }
        : { why: 'it is not held', next: 'There is nothing to do.' };
    case 'retry':
      if (past.holds.clash !== undefined || past.holds.held !== undefined)
        return {
          why: `it is held: ${held}`,
          next: `Run: coreos-provision release ${name}`,
        };
      if (past.phase === 'failed' || held !== undefined) return undefined;
      if (isActive(past)) return installs;
      return isOlder(core, line)
        ? { why: 'it has not failed', next: 'Switch it on: it is installed when it asks.' }
        : {
            why: 'it is installed',
            next: `To install it again, run: coreos-provision reinstall ${name}`,
          };
    case 'reinstall':
      if (isActive(past)) return installs;
      return isOlder(core, line)
        ? {
            why: 'it is to be installed anyway',
            next: 'Switch it on: it is installed when it asks.',
          }
        : undefined;
    case 'adopt':
      if (isActive(past)) return installs;
      return isOlder(core, line) || past.nothingWritten
        ? undefined
        : { why: 'it is installed already', next: 'There is nothing to do.' };
  }
}

function refused(
  kind: Operation['kind'],
  machine: string,
  code: 'machine-unknown' | 'machine-state-unsuitable',
  reason: NonNullable<Refusal>,
): ParameterError {
  return new ParameterError({ code, failed: `Cannot ${kind} ${machine}`, ...reason });
}
