import { safeParse } from 'valibot';
import type { MachineQuery } from '../rule/control-interface.ts';
import { macAddress, machineUuid, serialNumber } from '../wanted/identity.ts';

const identities = { mac: macAddress, uuid: machineUuid, serial: serialNumber };

/** Of an SMBIOS string; longer ones identify no machine. */
const maxLength = 128;

/**
 * What a loader says of its machine. A value that is empty, a placeholder of the manufacturer, or not
 * in the form of its kind, is left out: of firmware anything must be expected, and no machine should fail to
 * boot for it. Never throws. Every value is printable ASCII of at most 128 characters.
 */
export function readQuery(asked: unknown): MachineQuery {
  const given = Object(asked) as Readonly<Record<string, unknown>>;
  const values = Object.entries(identities).flatMap(([name, schema]) => {
    // Of one that is given more than once, the first.
    const [text] = [given[name]].flat();
    if (typeof text !== 'string' || !/^[\x20-\x7e]*$/.test(text) || text.length > maxLength)
      return [];
    const { success, output } = safeParse(schema, text.trim(), { abortPipeEarly: true });
    return success ? [[name, output]] : [];
  });
  return Object.fromEntries(values);
}

/** The identities, as a loader asks with them again. */
export const queryText = (query: MachineQuery) =>
  new URLSearchParams(Object.entries(query)).toString();
