import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ask } from '../../../../src/provision/rule/ask.ts';
import { Core } from '../../../../src/provision/rule/core.ts';
import { operate } from '../../../../src/provision/rule/operate.ts';
import { configOf } from '../../../../src/provision/rule/reports.ts';
import { ControlAt, ipOf, ownDirectory, queryOf } from '../../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../../support/fleet.ts';

const fleet = fleetOf(manyMachines(3));

test('of a machine that never ends its installation, no old set of files is kept', () => {
  let nowMs = Date.UTC(2026, 10, 24);
  const database = join(ownDirectory('/dev/shm'), 'fleet.db');
  const core = new Core({ database, fleet, now: () => nowMs });
  onTestFinished(() => core.database[Symbol.dispose]());
  operate(core, { kind: 'release' }, 'test');
  const pass = (minutes: number) => {
    nowMs += minutes * 60_000;
    core.sweep();
    return [...core.flights.keys()];
  };
  const permits = [1, 2, 3].map((number) => {
    const decision = ask(core, queryOf(number), ipOf(number));
    if (decision.kind !== 'install') throw new Error(decision.why);
    return decision.install;
  });
  const config = () => permits[1] && configOf(core, permits[1], '192.0.2.2');
  expect(pass(16)).toEqual(['node-1', 'node-2', 'node-3']);
  // Its permit is closed; another machine has used its token, which is therefore still good.
  operate(core, { kind: 'adopt', machine: 'node-3' }, 'test');
  expect(config()?.name).toBe('node-2');
  expect(pass(45)).toEqual(['node-2']);
  expect(config()?.name).toBe('node-2');
  expect(pass(59)).toEqual(['node-2']);
  expect(pass(2)).toEqual([]);
  expect(config()).toBeUndefined();
});

test('an unknown machine is forgotten a day after it has asked last', () => {
  const at = new ControlAt(fleet);
  at.ask(99);
  const unknown = () =>
    at.control.view().machines.filter(({ state }) => state === 'unknown').length;
  at.pass(86_000);
  expect(unknown()).toBe(1);
  at.ask(99);
  at.pass(86_000);
  expect(unknown()).toBe(1);
  at.pass(500);
  expect(unknown()).toBe(0);
});
