import type { Fleet, MachineQuery, WantedMachine } from '../model.ts';

/** The machine whose line has all that is asked; undefined for none, or several. */
export function findMachine(fleet: Fleet, query: MachineQuery): WantedMachine | undefined {
  const { mac, uuid, serial } = query;
  if (mac === undefined && uuid === undefined && serial === undefined) return undefined;
  const found = [...fleet.machines.values()].filter(
    ({ identity }) =>
      (mac !== undefined && identity.macs.includes(mac)) ||
      (uuid !== undefined && identity.uuid === uuid) ||
      (serial !== undefined && identity.serial === serial),
  );
  return found.length === 1 ? found[0] : undefined;
}

/** `NAME=value` a line, as matchbox does. */
export function metadataOf({ name, values }: WantedMachine): string {
  return Object.entries({ ...values, name })
    .map(([key, value]) => `${word(key).toUpperCase()}=${value.replaceAll(/[\r\n\0]+/g, ' ')}\n`)
    .join('');
}

const word = (key: string) => key.replaceAll(/[^A-Za-z0-9_]/g, '_');
