import { expect, test } from 'vitest';
import { ControlAt, failure, ipOf, queryOf } from '../../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../../support/fleet.ts';

const fleet = fleetOf(manyMachines(3));
const first = '192.0.2.10';
const second = '192.0.2.66';

test('a boot script asked for while the installation reports is not given; the next report holds', () => {
  const at = new ControlAt(fleet);
  const permit = at.permit(1, first);
  at.config(permit, first);
  at.report(permit, first);
  at.pass(20);
  expect(at.ask(1, second)).toMatchObject({ kind: 'wait' });
  at.pass(20);
  expect(at.ask(1, second)).toMatchObject({ kind: 'wait' });
  at.report(permit, first);
  const { state, needs } = at.view(1);
  expect(state).toBe('held');
  expect(needs).toMatchObject({ kind: 'clash' });
  expect(needs?.sentence).toContain(first);
  expect(needs?.sentence).toContain(second);
  expect(at.ask(1, second)).toMatchObject({ kind: 'local-boot' });
  expect(at.config(permit, first)).toBeUndefined();
  // What the first one does is done all the same.
  expect(at.end(permit, { result: 'installed' }, first)).toBe(true);
  expect(at.view(1)).toMatchObject({ state: 'held', installedGeneration: 1 });
  at.control.operate({ kind: 'release', machine: 'node-1' }, 'test');
  expect(at.view(1).state).toBe('installed');
});

test('the end of the first installation shows two machines as well', () => {
  const at = new ControlAt(fleet);
  const permit = at.permit(1, first);
  at.report(permit, first);
  at.pass(10);
  at.ask(1, second);
  at.pass(10);
  at.end(permit, { result: 'installed' }, first);
  expect(at.view(1)).toMatchObject({ needs: { kind: 'clash' }, installedGeneration: 1 });
});

test('a machine that its owner switched off and on again gets another attempt within a minute', () => {
  const at = new ControlAt(fleet);
  const permit = at.permit(1, first);
  at.config(permit, first);
  at.report(permit, first);
  at.pass(15);
  expect(at.ask(1, first)).toMatchObject({
    kind: 'wait',
    why: 'its installation still reports',
  });
  at.pass(2);
  // On its way when the machine was switched off.
  at.report(permit, first);
  expect(at.view(1).state).toBe('installing');
  for (const _ of [1, 2, 3]) {
    at.pass(15);
    expect(at.ask(1, first)).toMatchObject({ kind: 'wait' });
  }
  at.pass(20);
  const again = at.permit(1, first);
  expect(again).toMatchObject({ id: permit.id });
  expect(again.token).not.toBe(permit.token);
  expect(at.config(again, first)?.name).toBe('node-1');
  expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 2 });
});

test('a machine that has fetched its config counts as alive, too', () => {
  const at = new ControlAt(fleet);
  const permit = at.permit(1, first);
  at.pass(90);
  at.config(permit, first);
  at.pass(10);
  expect(at.ask(1, second)).toMatchObject({ kind: 'wait' });
});

test.each([
  ['config', (at: ControlAt, permit: ReturnType<ControlAt['permit']>) => at.config(permit, first)],
  [
    'progress',
    (at: ControlAt, permit: ReturnType<ControlAt['permit']>) =>
      at.report(permit, first) || undefined,
  ],
  [
    'notice',
    (at: ControlAt, permit: ReturnType<ControlAt['permit']>) =>
      at.end(permit, { result: 'installed' }, first) || undefined,
  ],
])('an older token does not open %s, and holds the machine', (_, use) => {
  const at = new ControlAt(fleet);
  const old = at.permit(1, first);
  at.pass(30);
  const newer = at.permit(1, second);
  at.pass(30);
  expect(use(at, old)).toBeUndefined();
  const { needs, installedGeneration } = at.view(1);
  expect(needs).toMatchObject({ kind: 'clash' });
  expect(needs?.sentence).toContain(first);
  expect(needs?.sentence).toContain(second);
  expect(installedGeneration).toBe(0);
  expect(at.config(newer, second)).toBeUndefined();
});

test('the failure of an older attempt, late or doubled, is no second machine', () => {
  const at = new ControlAt(fleet);
  const old = at.permit(1, first);
  at.report(old, first);
  at.end(old, failure, first);
  at.pass(120);
  at.permit(1, first);
  at.pass(10);
  expect(at.end(old, failure, first)).toBe(true);
  expect(at.view(1).state).toBe('booting');
});

test('a token is good for a config for an hour, and for the result whenever it comes', () => {
  const at = new ControlAt(fleet, { silenceMs: 1e9 });
  const permit = at.permit(1);
  at.pass(3601);
  expect(at.config(permit)).toBeUndefined();
  expect(at.end(permit)).toBe(true);
  expect(at.view(1).state).toBe('installed');
  // Success has closed it.
  expect(at.config(permit)).toBeUndefined();
});

test('a token opens its own installation only', () => {
  const at = new ControlAt(fleet);
  const one = at.permit(1);
  const other = at.permit(2);
  const wrong = { id: other.id, token: one.token };
  expect(at.config(wrong)).toBeUndefined();
  expect(at.report(wrong)).toBe(false);
  expect(at.end(wrong)).toBe(false);
  expect(at.config({ id: one.id, token: '' })).toBeUndefined();
  expect(at.config({ id: 'x', token: one.token })).toBeUndefined();
  expect(at.view(1).needs).toBeUndefined();
});

test('no token and no hash of one is in events or in what is shown', () => {
  const at = new ControlAt(fleet);
  const { token } = at.permit(1, ipOf(1));
  at.config({ id: 'x', token }, first);
  const shown = JSON.stringify([at.control.view(), at.control.events({ after: 0, limit: 99 })]);
  expect(shown).not.toContain(token);
  expect(shown).not.toMatch(/sha256|secret/i);
});

test('an older token opens nothing either in the seconds in which its use may be an accident', () => {
  const at = new ControlAt(fleet);
  const old = at.permit(1, first);
  at.pass(10);
  const newer = at.permit(1, second);
  at.pass(3);
  expect(at.config(old, first)).toBeUndefined();
  expect(at.view(1).needs).toBeUndefined();
  expect(at.config(newer, second)?.name).toBe('node-1');
});

test('a clash does not hide that somebody holds the machine, and its release is not that of the hold', () => {
  const at = new ControlAt(fleet);
  const why = 'Its data have not been copied away.';
  at.control.operate({ kind: 'hold', machine: 'node-1', why }, 'test');
  at.ask(2, second, { mac: queryOf(2).mac, uuid: queryOf(1).uuid });
  const { needs } = at.view(1);
  expect(needs?.kind).toBe('clash');
  expect(needs?.sentence).toMatch(/identities of node-2 and node-1.*Its data have not been copied/);
  at.restart();
  at.control.operate({ kind: 'release', machine: 'node-1' }, 'test');
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: `it is held: ${why}` });
  at.control.operate({ kind: 'release', machine: 'node-1' }, 'test');
  expect(at.ask(1)).toMatchObject({ kind: 'install' });
});
