import type { WantedMachine } from '../wanted/fleet.ts';
import type { MachineQuery } from './control-interface.ts';

export type Identified =
  | { readonly kind: 'machine'; readonly machine: WantedMachine }
  /** `resembles`: it has the UUID or serial number of this machine, but none of its MAC addresses. */
  | { readonly kind: 'unknown'; readonly name: string; readonly resembles?: WantedMachine }
  /** Its identities belong to several machines; that of its MAC address is the first one. */
  | { readonly kind: 'clash'; readonly machines: readonly WantedMachine[] };

/** Finds machines by what they say of themselves, whatever the size of the fleet. */
export class Identities {
  readonly #machines = new Map<string, WantedMachine>();

  constructor(machines: Iterable<WantedMachine>) {
    for (const machine of machines) {
      const { macs, uuid, serial } = machine.identity;
      for (const mac of macs) this.#machines.set(mac, machine);
      if (uuid !== undefined) this.#machines.set(`uuid:${uuid}`, machine);
      if (serial !== undefined) this.#machines.set(`serial:${serial}`, machine);
    }
  }

  /**
   * A UUID alone does not find a machine whose line has MAC addresses if another one asks: vendors
   * give the same UUID to many boards, and the other one would get the installer.
   */
  find({ mac, uuid, serial }: MachineQuery): Identified {
    // No machine of machines.csv has a colon in its name.
    const names = [mac, uuid && `uuid:${uuid}`, serial && `serial:${serial}`];
    const known = names.filter((name) => name !== undefined);
    const machines = new Set(known.flatMap((name) => this.#machines.get(name) ?? []));
    const [machine, another] = machines;
    const name = known[0] ?? 'without an identity';
    if (machine === undefined) return { kind: 'unknown', name };
    if (another !== undefined) return { kind: 'clash', machines: [...machines] };
    const { macs } = machine.identity;
    return mac === undefined || macs.length === 0 || macs.includes(mac)
      ? { kind: 'machine', machine }
      : { kind: 'unknown', name, resembles: machine };
  }
}

/**
 * By what a machine is recognised when its line has another name. A UUID or serial number only where the
 * line has no MAC address: others may have the same.
 */
export function identitiesOf({ identity }: WantedMachine, { mac }: MachineQuery = {}): string[] {
  const { macs, uuid, serial } = identity;
  const others = macs.length === 0 ? [uuid, serial] : [];
  const all = [...macs, mac, ...others].filter((one) => one !== undefined);
  return [...new Set(all)];
}
