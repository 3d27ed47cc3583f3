import { expect, test } from 'vitest';
import { ControlAt } from '../../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../../support/fleet.ts';

function reporting() {
  const at = new ControlAt(fleetOf(manyMachines(6), { concurrency: 4 }));
  const permits = [1, 2, 3].map((number) => at.permit(number));
  for (const permit of permits) at.report(permit);
  at.pass(10);
  at.control.view();
  return { at, permits };
}

test.each([16, -60, 24 * 60])('a clock that is set by %d minutes is no silence', (minutes) => {
  const { at, permits } = reporting();
  at.step(minutes * 60);
  expect(at.view(1).state).toBe('installing');
  expect(at.control.view().gateClosed).toBeUndefined();
  for (const permit of permits) expect(at.report(permit)).not.toBe(false);
  // Real silence is still found.
  at.pass(16 * 60);
  expect(at.view(1).state).toBe('failed');
});

test('a machine that is switched on again does not wait for the hour by which the clock was set back', () => {
  const { at } = reporting();
  for (const attempt of [2, 3, 4]) {
    at.step(-3600);
    at.pass(120);
    const decision = at.ask(1);
    expect(decision.kind).toBe(attempt === 4 ? 'local-boot' : 'install');
    if (decision.kind === 'install') at.report(decision.install);
  }
});

test.each([2, -2])('a clock that is set by %d hours takes no token away', (hours) => {
  const at = new ControlAt(fleetOf(manyMachines(1)));
  const permit = at.permit(1);
  at.step(hours * 3600);
  expect(at.config(permit)).toBeDefined();
});

test('a token that nobody has used for an hour is none, however often that is tried', () => {
  const at = new ControlAt(fleetOf(manyMachines(1)));
  const permit = at.permit(1);
  expect(at.config(permit)).toBeDefined();
  at.pass(3700);
  at.step(-3700);
  for (const _ of [1, 2]) expect(at.config(permit)).toBeUndefined();
});
