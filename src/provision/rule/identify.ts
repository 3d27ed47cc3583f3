import type { MachineQuery, WantedMachine } from '../model.ts';

export type Identified =
  | { readonly kind: 'machine'; readonly machine: WantedMachine }
  /** `resembles`: it has the UUID or serial number of this machine, but none of its MAC addresses. */
  | { readonly kind: 'unknown'; readonly name: string; readonly resembles?: string }
  /** Its identities belong to several machines. */
  | { readonly kind: 'clash'; readonly names: readonly string[] };

/** Finds machines by what they say of themselves, whatever the size of the fleet. */
export class Identities {
  readonly #macs = new Map<string, WantedMachine>();
  readonly #others = new Map<string, WantedMachine>();

  constructor(machines: Iterable<WantedMachine>) {
    for (const machine of machines) {
      for (const mac of machine.identity.macs) this.#macs.set(mac, machine);
      const { uuid, serial } = machine.identity;
      if (uuid !== undefined) this.#others.set(`uuid ${uuid}`, machine);
      if (serial !== undefined) this.#others.set(`serial ${serial}`, machine);
    }
  }

  /**
   * A UUID alone does not find a machine whose line has MAC addresses if another one asks: vendors
   * give the same UUID to many boards, and the other one would get the installer.
   */
  find(query: MachineQuery): Identified {
    const { mac, uuid, serial } = query;
    const byMac = this.#macs.get(mac ?? '');
    const others = [this.#others.get(`uuid ${uuid}`), this.#others.get(`serial ${serial}`)];
    const found = [...new Set([byMac, ...others].filter((machine) => machine !== undefined))];
    const [machine] = found;
    // A serial number may be the name of a machine.
    const other = uuid === undefined ? serial && `serial:${serial}` : `uuid:${uuid}`;
    const name = mac ?? other ?? 'without an identity';
    if (machine === undefined) return { kind: 'unknown', name };
    if (found.length > 1) return { kind: 'clash', names: found.map(({ name }) => name) };
    return byMac || mac === undefined || machine.identity.macs.length === 0
      ? { kind: 'machine', machine }
      : { kind: 'unknown', name, resembles: machine.name };
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
