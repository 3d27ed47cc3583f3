import type { FleetView, MachineView } from '../rule/views.ts';

const written = new WeakMap<MachineView, string>();

/** JSON of a view, or of changes. What was written of a machine stays as long as the machine is the same value. */
export function viewJson({ machines, ...rest }: FleetView): string {
  const list = machines.map((machine) => {
    const json = written.get(machine) ?? JSON.stringify(machine);
    written.set(machine, json);
    return json;
  });
  return `${JSON.stringify(rest).slice(0, -1)},"machines":[${list.join(',')}]}`;
}
