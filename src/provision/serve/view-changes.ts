import { isDeepStrictEqual } from 'node:util';
import type { FleetChanges } from '../api.ts';
import type { FleetView } from '../rule/views.ts';

/**
 * What a client that knows `before` has to learn; undefined: nothing. A machine that has not changed is
 * the same value in both. The time of a view, and the number of its last event, are no change.
 */
export function changesBetween(before: FleetView, now: FleetView): FleetChanges | undefined {
  if (before === now) return undefined;
  const gone = new Map(before.machines.map((machine) => [machine.name, machine]));
  const machines = now.machines.filter((machine) => {
    const known = gone.get(machine.name);
    gone.delete(machine.name);
    return known !== machine;
  });
  const removed = [...gone.keys()];
  const rest = (view: FleetView) => ({ ...view, seq: 0, atMs: 0, machines: [] });
  const isSame = machines.length === 0 && removed.length === 0;
  return isSame && isDeepStrictEqual(rest(before), rest(now))
    ? undefined
    : { ...now, machines, removed };
}
