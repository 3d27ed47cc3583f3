import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ControlOptions, createControl } from '../../src/provision/rule/control.ts';
import type {
  Control,
  Decision,
  MachineQuery,
  Notice,
  Permit,
} from '../../src/provision/rule/control-interface.ts';
import type { Fleet } from '../../src/provision/wanted/fleet.ts';
import { macOf, uuidOf } from './fleet.ts';

/** A directory of the current test; in /dev/shm, `fsync` costs nothing. */
export function ownDirectory(below = tmpdir()): string {
  const directory = mkdtempSync(join(existsSync(below) ? below : tmpdir(), 'fleet-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A server's heart with a clock of its own, on a real database. */
export class ControlAt {
  nowMs = Date.UTC(2026, 10, 24);
  #monotonicMs = 0;
  readonly path: string;
  fleet: Fleet;
  control: Control;
  readonly #options: Partial<ControlOptions>;

  constructor(fleet: Fleet, options: Partial<ControlOptions> & { readonly held?: boolean } = {}) {
    const { held = false, ...rest } = options;
    this.path = options.database ?? join(ownDirectory('/dev/shm'), 'fleet.db');
    this.fleet = fleet;
    this.#options = rest;
    this.control = this.#open();
    onTestFinished(() => this.control[Symbol.dispose]());
    if (!held) this.control.operate({ kind: 'release' }, 'test');
  }

  /** As after the end of the process. */
  restart(): void {
    this.stop();
    this.start();
  }

  stop(): void {
    this.control[Symbol.dispose]();
  }

  start(): void {
    this.control = this.#open();
  }

  reload(fleet: Fleet): readonly string[] {
    this.fleet = fleet;
    return this.control.reload(fleet);
  }

  pass(seconds: number): void {
    this.nowMs += seconds * 1000;
    this.#monotonicMs += seconds * 1000;
  }

  /** Sets the clock, or suspends the server: time that did not pass for it. */
  step(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  ask(number: number, ip = ipOf(number), query: MachineQuery = queryOf(number)): Decision {
    return this.control.ask(query, ip);
  }

  /** Asks, and must get the installer. */
  permit(number: number, ip = ipOf(number)): Permit {
    const decision = this.ask(number, ip);
    if (decision.kind !== 'install') throw new Error(`not permitted: ${JSON.stringify(decision)}`);
    return decision.install;
  }

  config(permit: Permit, ip = '192.0.2.250') {
    return this.control.config(permit, ip);
  }

  report(permit: Permit, ip = '192.0.2.250', onDeviceBytesPerS = 100e6) {
    const progress = { event: 'progress', percent: 10, onDeviceBytesPerS };
    return this.control.progress(permit, [{ event: 'step-begins', step: 'write' }, progress], ip);
  }

  end(permit: Permit, notice: Notice = { result: 'installed' }, ip = '192.0.2.250'): boolean {
    return this.control.notice(permit, notice, ip);
  }

  /** From the boot script to the notice. */
  install(number: number): Permit {
    const permit = this.permit(number);
    this.config(permit);
    this.report(permit);
    this.end(permit);
    return permit;
  }

  view(number: number) {
    const view = this.control.machine(`node-${number}`);
    if (!view) throw new Error(`no machine ${number}`);
    return view;
  }

  kinds(number?: number): string[] {
    const machine = number === undefined ? {} : { machine: `node-${number}` };
    return this.control.events({ after: 0, limit: 1000, ...machine }).map(({ kind }) => kind);
  }

  #open(): Control {
    return createControl({
      database: this.path,
      fleet: this.fleet,
      now: () => this.nowMs,
      monotonic: () => this.#monotonicMs,
      ...this.#options,
    });
  }
}

export const ipOf = (number: number) => `192.0.2.${number}`;
export const queryOf = (number: number) => ({ mac: macOf(number), uuid: uuidOf(number) });
export const failure: Notice = {
  result: 'failed',
  reason: 'Cannot write to /dev/sda: Input/output error.',
  code: 'disk-io-error',
  exitCode: 5,
  diskState: 'no-table',
};
