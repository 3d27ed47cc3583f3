import { isFiller } from '../../notify/filler.ts';
import type { MachineIdentities } from '../model.ts';

/** A value in its one spelling, or what is wrong with it. */
export type Normalised = { readonly value: string } | { readonly wrong: string };

/** `52-54-00-00-00-01`, `5254.0000.0001` and the like as `52:54:00:00:00:01`. */
export function normaliseMac(text: string): Normalised {
  const digits = text.toLowerCase().replaceAll(/[:.-]/g, '');
  if (!/^[0-9a-f]{12}$/.test(digits) || !/^[0-9a-f]+([:.-]?[0-9a-f]+)*$/i.test(text))
    return { wrong: `${JSON.stringify(text.slice(0, 40))} is not a MAC address of 12 hex digits` };
  if (/^0+$/.test(digits)) return { wrong: 'no network card has a MAC address of zeros' };
  if ((Number.parseInt(digits.slice(0, 2), 16) & 1) !== 0)
    return { wrong: `${text} is a group address, which no network card has` };
  return { value: (digits.match(/../g) ?? []).join(':') };
}

/** An SMBIOS UUID in lower case. One that many machines have in common identifies none. */
export function normaliseUuid(text: string): Normalised {
  const value = text.toLowerCase().replaceAll(/^\{|\}$/g, '');
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value))
    return { wrong: `${JSON.stringify(text.slice(0, 40))} is not a UUID (8-4-4-4-12 hex digits)` };
  return isFiller(value)
    ? { wrong: `${value} is a placeholder that many machines have in common; leave it empty` }
    : { value };
}

export function normaliseSerial(text: string): Normalised {
  if (/^\d[.,]\d+E\+\d+$/i.test(text))
    return { wrong: `a spreadsheet has made a number of it (${text}); format the column as text` };
  return isFiller(text)
    ? { wrong: `${text} is a placeholder that many machines have in common; leave it empty` }
    : { value: text.toLowerCase() };
}

/** Each identity as one word, such as `mac 52:54:00:00:00:01`. */
export function identityWords({ macs, uuid, serial }: MachineIdentities): string[] {
  return [
    ...macs.map((mac) => `mac ${mac}`),
    ...(uuid === undefined ? [] : [`uuid ${uuid}`]),
    ...(serial === undefined ? [] : [`serial ${serial}`]),
  ];
}
