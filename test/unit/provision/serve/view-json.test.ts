import { expect, test } from 'vitest';
import { viewJson } from '../../../../src/provision/serve/view-json.ts';
import { ControlAt } from '../../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../../support/fleet.ts';

test('of a fleet of which one machine has changed, that one is written anew', () => {
  const at = new ControlAt(fleetOf(manyMachines(3)));
  const view = at.control.view();
  expect(viewJson(view)).toBe(JSON.stringify({ ...view, machines: view.machines }));
  let count = 0;
  for (const machine of view.machines)
    Object.defineProperty(machine, 'toJSON', { value: () => (count += 1) });
  expect(viewJson(view)).toContain('"name":"node-2"');
  expect(count).toBe(0);
  at.permit(2);
  const after = at.control.view();
  expect(JSON.parse(viewJson(after))).toEqual({
    ...after,
    machines: after.machines.map((machine) => ({ ...machine })),
  });
  expect(count).toBe(0);
  expect(viewJson({ ...view, machines: [] })).toMatch(/"machines":\[\]\}$/);
});
