import { ParameterError } from '../../lib/errors.ts';
import type { WantedMachine } from '../wanted/fleet.ts';
import type { Operation } from './control-interface.ts';
import type { Core } from './core.ts';
import { identitiesOf } from './identify.ts';
import { generationFor, heldBecause, isActive, isOlder, type Past } from './past.ts';

/** What an operator does. Returns the machines that it has changed. */
export function operate(core: Core, operation: Operation, actor: string): readonly string[] {
  const { kind, machine } = operation;
  const why = ('why' in operation && operation.why) || 'Held by an operator.';
  if (machine === undefined) return operateAll(core, kind, why, actor);
  const line = core.fleet.machines.get(machine);
  if (line === undefined)
    throw new ParameterError({
      code: 'machine-unknown',
      failed: `Cannot ${kind} ${machine}`,
      why: 'machines.csv has no machine of this name',
      next: 'Look for the name with: coreos-provision status --all',
    });
  refuse(core, kind, line);
  const about = { machine, actor };
  if (kind === 'hold') core.record({ kind: 'held', ...about, data: { why } });
  if (kind === 'release') core.record({ kind: 'released', ...about });
  if (kind === 'retry') core.record({ kind: 'retried', ...about });
  if (kind === 'adopt') adopt(core, line, actor);
  if (kind === 'reinstall') {
    const past = core.history.of(machine);
    // The files may ask for an older one than it has.
    const generation = Math.max(generationFor(line, past), past.installed.generation) + 1;
    core.record({ kind: 'reinstall', ...about, data: { generation } });
  }
  return [machine];
}

/** The fleet as a whole. What is held by name stays so: somebody had a reason. */
function operateAll(
  core: Core,
  kind: Operation['kind'],
  why: string,
  actor: string,
): readonly string[] {
  const { history, fleet } = core;
  const lines = [...fleet.machines.values()];
  const names = (of: readonly WantedMachine[]) => of.map(({ name }) => name);
  if (kind === 'adopt') {
    const adopted = lines.filter((line) => {
      const past = history.of(line.name);
      return !isActive(past) && isOlder(line, past);
    });
    for (const line of adopted) adopt(core, line, actor);
    core.record({ kind: 'adopted', actor, data: { machines: adopted.length } });
    return names(adopted);
  }
  if (kind === 'hold') core.record({ kind: 'held', actor, data: { why } });
  else {
    core.record({ kind: 'released', actor });
    core.record({ kind: 'gate-opened', actor });
  }
  return names(lines.filter(({ name }) => heldBecause(history.of(name)) === undefined));
}

function adopt(core: Core, line: WantedMachine, actor: string): void {
  const generation = generationFor(line, core.history.of(line.name));
  const data = { generation, identities: identitiesOf(line) };
  core.record({ kind: 'adopted', machine: line.name, actor, data });
}

const isHeldBySomebody = ({ holds: { clash, held } }: Past) =>
  clash !== undefined || held !== undefined;

/** What keeps a machine from the installer that is to be installed, as the end of a sentence, and what ends that. */
function keptFromInstalling(
  { history }: Core,
  past: Past,
  name: string,
): readonly [kept: string, next: string] {
  const held = heldBecause(past);
  const { held: fleetHeld, gateClosed } = history.fleet;
  if (isHeldBySomebody(past))
    return [`, but held: ${held}`, `Run: coreos-provision release ${name}`];
  if (held !== undefined) return [`, but held: ${held}`, `Run: coreos-provision retry ${name}`];
  const releaseAll = 'Run: coreos-provision release --all';
  if (fleetHeld) return [', but the fleet is held', releaseAll];
  if (gateClosed !== undefined) return [', but no further machine begins', releaseAll];
  return ['', 'Switch it on: it is installed when it asks.'];
}

/** Throws the first reason for which it cannot be done: when it applies, why, and what to do. */
function refuse(core: Core, kind: Operation['kind'], line: WantedMachine): void {
  const { name } = line;
  const past = core.history.of(name);
  const held = heldBecause(past);
  const isToBeInstalled = isOlder(line, past);
  const installs = [isActive(past), 'it is being installed', 'Wait until that has ended.'] as const;
  const nothing = 'There is nothing to do.';
  const again = `To install it again, run: coreos-provision reinstall ${name}`;
  const [kept, begin] = keptFromInstalling(core, past, name);
  const { held: fleetHeld, gateClosed } = core.history.fleet;
  const fleetWaits = fleetHeld || gateClosed !== undefined;
  const canRetry = past.state.kind === 'failed' || held !== undefined;
  const canAdopt = isToBeInstalled || past.installed.nothingWritten === true;

  type Reason = readonly [applies: boolean, why: string, next: string];
  const reasons: Readonly<Record<Operation['kind'], readonly Reason[]>> = {
    hold: [],
    release: [
      [held === undefined && fleetWaits, `it is not held${kept}`, begin],
      [held === undefined, 'it is not held', nothing],
    ],
    retry: [
      [isHeldBySomebody(past), `it is held: ${held}`, begin],
      [!canRetry && installs[0], installs[1], installs[2]],
      [!canRetry && isToBeInstalled, `it has not failed${kept}`, begin],
      [!canRetry, 'it is installed', again],
    ],
    reinstall: [installs, [isToBeInstalled, `it is to be installed anyway${kept}`, begin]],
    adopt: [installs, [!canAdopt, 'it is installed already', nothing]],
  };
  const reason = reasons[kind].find(([applies]) => applies);
  if (reason === undefined) return;
  const [, why, next] = reason;
  const failed = `Cannot ${kind} ${name}`;
  throw new ParameterError({ code: 'machine-state-unsuitable', failed, why, next });
}
