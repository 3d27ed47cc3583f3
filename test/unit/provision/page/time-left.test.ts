import { expect, test } from 'vitest';
import { readPage } from '../../../../src/provision/page/page.ts';
import { ControlAt } from '../../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../../support/fleet.ts';

/** The page's own function, with what a real server shows. */
function timeLeft(at: ControlAt): string | undefined {
  const [source = ''] = /^function timeLeft\([\s\S]*?^}/m.exec(readPage().html) ?? [];
  const fleet = at.control.view();
  const machines = new Map(fleet.machines.map((machine) => [machine.name, machine]));
  const counts = { queued: 0, booting: 0, installing: 0 };
  for (const { state } of fleet.machines)
    if (Object.hasOwn(counts, state)) counts[state as 'queued'] += 1;
  const made = new Function('machines', 'fleet', `${source}\nreturn timeLeft;`);
  return made(machines, fleet)(counts);
}

test('the time that is left follows from the installations that have ended, not from adopted machines', () => {
  const at = new ControlAt(fleetOf(manyMachines(12), { concurrency: 2 }));
  for (const number of [11, 12])
    at.control.operate({ kind: 'adopt', machine: `node-${number}` }, 'test');
  const permits = [1, 2].map((number) => at.permit(number));
  for (const number of [3, 4, 5, 6]) at.ask(number);
  expect(timeLeft(at)).toBe('not known');
  at.pass(60);
  for (const permit of permits) at.end(permit);
  for (const number of [3, 4, 5, 6]) at.ask(number);
  at.pass(60);
  // Two in the last minute, and four to go.
  expect(timeLeft(at)).toBe('about 2 min');
});
