import { ParameterError } from '../../src/lib/errors.ts';
import type { FleetEvent } from '../../src/provision/happened/fleet-event.ts';
import type { Control, Decision, Permit } from '../../src/provision/rule/control-interface.ts';
import type { FleetView, MachineView } from '../../src/provision/rule/views.ts';
import type { WantedMachine } from '../../src/provision/wanted/fleet.ts';

/** Records what it is asked, and answers what the test has put into it. It decides nothing. */
export class FakeControl implements Control {
  readonly calls: { readonly name: string; readonly args: readonly unknown[] }[] = [];
  decision: Decision = { kind: 'wait', why: 'w', position: 1, retryAfterMs: 10_000 };
  wanted: WantedMachine | undefined;
  isValid = true;
  settling: Promise<void> = Promise.resolve();
  stored: FleetEvent[] = [];
  shown: FleetView = {
    seq: 0,
    atMs: 0,
    held: false,
    slots: { used: 0, all: 4 },
    bytesPerSecond: 0,
    machines: [],
  };
  readonly #hearing = new Set<(event: FleetEvent) => void>();

  ask = this.#recorded('ask', () => this.decision);
  find = this.#recorded('find', () => this.wanted);
  config = this.#recorded('config', () => this.wanted);
  progress = this.#recorded('progress', () => this.isValid && { intervalMs: 5000 });
  notice = this.#recorded('notice', () => this.isValid);
  booted = this.#recorded('booted', () => this.isValid);
  operate = this.#recorded('operate', (operation: Parameters<Control['operate']>[0]) => {
    const { machine } = operation;
    if (machine !== undefined && this.machine(machine) === undefined)
      throw new ParameterError({
        code: 'machine-unknown',
        failed: `Cannot ${operation.kind} ${machine}`,
        why: 'there is none',
        next: 'Look for it.',
      });
    if (operation.kind === 'retry' && machine === 'installed')
      throw new ParameterError({
        code: 'machine-state-unsuitable',
        failed: 'Cannot retry installed',
        why: 'it is installed',
        next: 'Use reinstall.',
      });
    return machine === undefined ? [] : [machine];
  });
  reload = this.#recorded('reload', () => []);

  view = () => this.shown;
  machine = (name: string) => this.shown.machines.find((machine) => machine.name === name);
  events = ({ after, limit, machine, newest }: Parameters<Control['events']>[0]) => {
    const all = this.stored.filter(
      (event) => event.seq > after && (machine === undefined || event.machine === machine),
    );
    return newest ? all.slice(-limit) : all.slice(0, limit);
  };
  onCommitted = (listener: (event: FleetEvent) => void) => {
    this.#hearing.add(listener);
    return { [Symbol.dispose]: () => void this.#hearing.delete(listener) };
  };
  settled = () => this.settling;
  isWritable = () => true;
  isKnown = ({ token }: Permit) => token !== 'unknown';
  [Symbol.dispose] = () => {};

  /** Something has happened. */
  change(changes: Partial<FleetView>, ...events: readonly FleetEvent[]): void {
    this.shown = { ...this.shown, ...changes };
    this.stored.push(...events);
    for (const event of events) for (const hear of this.#hearing) hear(event);
  }

  #recorded<Args extends readonly unknown[], Result>(
    name: string,
    answer: (...args: Args) => Result,
  ): (...args: Args) => Result {
    return (...args) => {
      this.calls.push({ name, args });
      return answer(...args);
    };
  }
}

export function machineView(number: number, changes: Partial<MachineView> = {}): MachineView {
  return {
    name: `m${number}`,
    rack: 'r1',
    profile: 'worker',
    state: 'ready',
    macs: [],
    generation: 1,
    installedGeneration: 0,
    attempts: 0,
    sinceMs: 0,
    ...changes,
  };
}
