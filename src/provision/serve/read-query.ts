import { isFiller } from '../../notify/filler.ts';
import type { MachineQuery } from '../model.ts';

/** The names that loaders use, and what they are called here; `manufacturer` is iPXE's. */
const members = {
  uuid: 'uuid',
  serial: 'serial',
  vendor: 'vendor',
  manufacturer: 'vendor',
  product: 'product',
  platform: 'platform',
} as const;

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
  for (const [name, member] of Object.entries(members)) {
    const text = first(given[name]).trim();
    if (text === '' || text.length > maxLength || !/^[\x20-\x7e]+$/.test(text)) continue;
    if (isFiller(text)) continue;
    const isIdentity = member === 'uuid' || member === 'serial';
    const value = isIdentity ? text.toLowerCase() : text;
    if (member === 'uuid' && !uuidForm.test(value)) continue;
    if (member === 'platform' && !/^(pcbios|efi)$/.test(value)) continue;
    query[member] ??= value;
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
