import * as v from 'valibot';
import { isFiller } from '../../notify/filler.ts';

const quoted = ({ input }: { readonly input: string }) => JSON.stringify(input.slice(0, 40));

const notFiller = v.check<string, (issue: { readonly input: string }) => string>(
  (text) => !isFiller(text),
  ({ input }) => `${input} is a placeholder that many machines have in common; leave it empty`,
);

/** `52-54-00-00-00-01`, `5254.0000.0001` and the like become `52:54:00:00:00:01`. */
export const macAddress = v.pipe(
  v.string(),
  v.regex(
    /^[0-9a-f]{2}([:.-]?[0-9a-f]{2}){5}$/i,
    (issue) => `${quoted(issue)} is not a MAC address of 12 hex digits`,
  ),
  v.transform((text) => (text.toLowerCase().match(/[0-9a-f]{2}/g) ?? []).join(':')),
  v.check((mac) => /[^0:]/.test(mac), 'no network card has a MAC address of zeros'),
  v.check(
    (mac) => !/^.[13579bdf]/.test(mac),
    ({ input }) => `${input} is a group address, which no network card has`,
  ),
);

/** An SMBIOS UUID becomes lower case. One that many machines have in common identifies none. */
export const machineUuid = v.pipe(
  v.string(),
  v.transform((text) => text.toLowerCase().replaceAll(/^\{|\}$/g, '')),
  v.regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    (issue) => `${quoted(issue)} is not a UUID (8-4-4-4-12 hex digits)`,
  ),
  notFiller,
);

export const serialNumber = v.pipe(
  v.string(),
  v.check(
    (text) => !/^\d([.,]\d+)?E\+\d+$/i.test(text),
    ({ input }) => `a spreadsheet has made a number of it (${input}); format the column as text`,
  ),
  notFiller,
  v.toLowerCase(),
);
