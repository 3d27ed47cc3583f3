import { isFiller } from '../../notify/filler.ts';
import type { MachineQuery } from '../model.ts';

/** Of an SMBIOS string; longer ones identify no machine. */
const maxLength = 128;

/**
 * What a loader says of its machine. A value that is empty, a placeholder of the manufacturer, or not
 * in the form of its kind, is left out: of firmware anything must be expected, and no machine should fail to
 * boot for it. Never throws. Every value is printable ASCII of at most 128 characters.
 */
export function readQuery(asked: unknown): MachineQuery {
  const given = Object(asked) as Readonly<Record<string, unknown>>;
  const query: { -readonly [Key in keyof MachineQuery]: MachineQuery[Key] } = {};
  const mac = readMac(first(given['mac']));
  if (mac !== undefined) query.mac = mac;
  for (const name of ['uuid', 'serial'] as const) {
    const text = first(given[name]).trim().toLowerCase();
    if (text === '' || text.length > maxLength || !/^[\x20-\x7e]+$/.test(text)) continue;
    if (isFiller(text) || (name === 'uuid' && !uuidForm.test(text))) continue;
    query[name] = text;
  }
  return query;
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `52-54-00-00-00-01` (iPXE's hexhyp) and `52:54:00:00:00:01` (GRUB) as the latter. */
function readMac(text: string): string | undefined {
  const mac = text.toLowerCase().replaceAll('-', ':');
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) && !/^(00:)+00$/.test(mac) ? mac : undefined;
}

/** Of a member that is given more than once, the first. */
function first(value: unknown): string {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one : '';
}

/** The identities, as a loader asks with them again. */
export function queryText({ mac, uuid, serial }: MachineQuery): string {
  return new URLSearchParams({
    ...(mac !== undefined && { mac }),
    ...(uuid !== undefined && { uuid }),
    ...(serial !== undefined && { serial }),
  }).toString();
}
