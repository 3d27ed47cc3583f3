import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createControl } from '../../src/provision/rule/control.ts';
import type {
  Decision,
  MachineQuery,
  Notice,
  Permit,
} from '../../src/provision/rule/control-interface.ts';
import type { FleetSettings } from '../../src/provision/wanted/fleet.ts';
import { ipOf, ownDirectory, queryOf } from './control-at.ts';
import { fleetOf, machineNumbered } from './fleet.ts';

/** A physical machine: its disk outlives every server. */
export interface Box {
  readonly number: number;
  readonly ip: string;
  readonly query: MachineQuery;
  on: 'off' | 'loader' | 'system' | 'installer';
  /** Given by the boot script that it runs. */
  permit?: Permit;
  step: 'begin' | 'writing' | 'committed';
  diskId?: string;
  /** Each id that was committed to its disk, in order. */
  readonly commits: string[];
}

export type Message = () => void;

/**
 * A server with a database, boxes, and a network that loses, doubles and delays. Checks after each
 * decision, from the server's own log and not from its memory, that the rule has been kept.
 */
export class FleetWorld {
  nowMs = 1e12;
  readonly boxes: Box[];
  readonly delayed: Message[] = [];
  readonly broken: string[] = [];
  /** Each commit is followed by its notice: no power cut in between, and the network is there. */
  noticesArrive = false;
  generations: number[];
  readonly #directory = ownDirectory('/dev/shm');
  readonly #settings: Partial<FleetSettings>;
  #file = 0;
  #backup?: string;
  control;

  constructor(
    boxes: readonly Pick<Box, 'number' | 'ip' | 'query'>[],
    settings: Partial<FleetSettings>,
  ) {
    this.boxes = boxes.map((box) => ({ ...box, on: 'loader', step: 'begin', commits: [] }));
    this.generations = Array.from(
      { length: Math.max(...boxes.map(({ number }) => number)) },
      () => 1,
    );
    this.#settings = settings;
    this.control = this.#open();
  }

  get fleet() {
    return fleetOf(
      this.generations.map((generation, index) => machineNumbered(index + 1, { generation })),
      this.#settings,
    );
  }

  end(): void {
    this.control[Symbol.dispose]();
  }

  /** Installers that are alive report every 10 s, whatever else happens. */
  pass(seconds: number, reporting: boolean): void {
    for (let left = seconds; left > 0; left -= 10) {
      this.nowMs += Math.min(10, left) * 1000;
      if (reporting)
        for (const box of this.boxes)
          if (box.on === 'installer' && box.step !== 'begin' && box.permit)
            this.#report(box, box.permit);
    }
  }

  /** Switched on, or off and on: the network comes first in the boot order. */
  boot(box: Box): void {
    box.on = 'loader';
    delete box.permit;
  }

  ask(box: Box): Decision {
    const { held, slots, gateClosed, machines } = this.control.view();
    const name = `node-${box.number}`;
    const before = machines.find((machine) => machine.name === name);
    const decision = this.control.ask(box.query, box.ip);
    if (decision.kind === 'install') {
      const active = before?.state === 'booting' || before?.state === 'installing';
      if (held) this.broken.push(`${name} was permitted in a held fleet`);
      if (gateClosed) this.broken.push(`${name} was permitted though the gate is closed`);
      if (!active && slots.used >= slots.all)
        this.broken.push(`${name} was permitted without a slot`);
      this.broken.push(...this.#againstTheLog(name, decision.install.id));
    }
    return decision;
  }

  /** What the log says, read as a stranger would read it. */
  #againstTheLog(name: string, id: string): string[] {
    const events = this.control.events({ after: 0, limit: 1e6 });
    const own = events.filter(({ machine }) => machine === name);
    const last = (...kinds: string[]) => own.findLast(({ kind }) => kinds.includes(kind))?.kind;
    const done = own.filter(({ kind }) => kind === 'installed' || kind === 'adopted');
    const installed = Math.max(0, ...done.map(({ data }) => data['generation'] as number));
    const raised = own.flatMap(({ kind, data }) =>
      kind === 'reinstall' ? [data['generation'] as number] : [],
    );
    const permitted = own.filter(({ kind, install }) => kind === 'permitted' && install === id);
    const since = own.findLastIndex(({ kind }) => kind === 'retried' || kind === 'released');
    // A permit is an attempt from the first use of its token on, or when nothing was heard of it.
    let attempts = 0;
    let isNew = false;
    for (const { kind, install } of own.slice(since + 1)) {
      if (install !== id) continue;
      if (kind === 'permitted') isNew = true;
      else if (isNew) {
        attempts += 1;
        isNew = false;
      }
    }
    const wanted = Math.max(this.generations[Number(name.slice(5)) - 1] as number, ...raised);
    return [
      ...(permitted.length === 0 ? [`${name} was permitted without an event`] : []),
      ...(installed >= wanted ? [`${name} is installed and was permitted`] : []),
      ...(/held|clash/.test(last('held', 'clash', 'released', 'retried') ?? '')
        ? [`${name} is held and was permitted`]
        : []),
      ...(attempts >= 3 ? [`${name} was permitted after ${attempts} attempts`] : []),
    ];
  }

  receive(box: Box, decision: Decision): void {
    if (box.on !== 'loader') return;
    if (decision.kind === 'local-boot') box.on = 'system';
    if (decision.kind === 'install') {
      box.on = 'installer';
      box.step = 'begin';
      box.permit = decision.install;
    }
  }

  /** The next thing that a box does by itself. */
  step(box: Box, network: 'fine' | 'lost' | 'doubled' | 'late'): void {
    if (box.on === 'loader') {
      const decision = this.ask(box);
      const answer = network === 'doubled' ? this.ask(box) : decision;
      if (network !== 'lost') this.receive(box, answer);
      return;
    }
    const { permit } = box;
    if (box.on !== 'installer' || permit === undefined) return;
    if (box.step === 'begin') {
      const config = network === 'lost' ? undefined : this.control.config(permit, box.ip);
      if (config === undefined)
        this.#end(box, permit, { result: 'failed', reason: 'No config.' }, network);
      // The installer's side: the same id on the disk is never written over.
      else if (box.diskId === permit.id)
        this.#end(box, permit, { result: 'installed', alreadyInstalled: true }, network);
      else {
        box.step = 'writing';
        this.#report(box, permit);
      }
    } else if (box.step === 'writing') {
      box.diskId = permit.id;
      box.commits.push(permit.id);
      box.step = 'committed';
      if (this.noticesArrive) this.#end(box, permit, { result: 'installed' }, network);
    } else this.#end(box, permit, { result: 'installed' }, network);
  }

  #report(box: Box, permit: Permit): void {
    this.control.progress(permit, [{ event: 'progress', percent: 1 }], box.ip);
  }

  #end(box: Box, permit: Permit, notice: Notice, network: string): void {
    const send = () => void this.control.notice(permit, notice, box.ip);
    if (this.noticesArrive) send();
    else if (network === 'late') this.delayed.push(send);
    else if (network !== 'lost') send();
    if (network === 'doubled') this.delayed.push(send);
    this.boot(box);
  }

  // The server.

  /** Answers leave after it. */
  settle(): void {
    this.control.events({ after: Number.MAX_SAFE_INTEGER, limit: 1 });
  }

  /** `kill -9`: what was not settled is gone. */
  crash(): void {
    const path = this.#copy();
    this.control[Symbol.dispose]();
    this.control = this.#open(path);
  }

  /** The process ends while an answer is on its way: neither is the answer sent. */
  crashWhileAsking(box: Box): void {
    this.settle();
    if (box.on === 'loader') this.control.ask(box.query, box.ip);
    const path = this.#copy();
    this.control[Symbol.dispose]();
    this.control = this.#open(path);
  }

  backUp(): void {
    this.settle();
    this.#backup = this.#copy();
  }

  restore(): void {
    if (this.#backup === undefined) return;
    this.control[Symbol.dispose]();
    const path = this.#next();
    copy(this.#backup, path);
    this.control = this.#open(path);
  }

  wipe(): void {
    this.control[Symbol.dispose]();
    this.control = this.#open();
  }

  raise(number: number): void {
    this.generations[number - 1] = (this.generations[number - 1] as number) + 1;
    this.control.reload(this.fleet);
  }

  #copy(): string {
    const path = this.#next();
    copy(this.#path, path);
    return path;
  }

  #path = '';
  #next(): string {
    this.#file += 1;
    return join(this.#directory, `${this.#file}.db`);
  }

  #open(path = this.#next()) {
    this.#path = path;
    const options = { fleet: this.fleet, now: () => this.nowMs };
    return createControl({ database: path, ...options });
  }
}

function copy(from: string, to: string): void {
  for (const suffix of ['', '-wal']) {
    rmSync(to + suffix, { force: true });
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  }
}

export const boxNumbered = (number: number) => ({
  number,
  ip: ipOf(number),
  query: queryOf(number),
});
