import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';
import * as v from 'valibot';
import type { MachineIdentities } from '../model.ts';
import type { Faults, Spot } from './faults.ts';
import type { FleetFile } from './fleet-files.ts';
import { macAddress, machineUuid, serialNumber } from './identity.ts';
import { suggestion } from './yaml-file.ts';

/** A line of machines.csv, checked by itself and against the others. */
export interface MachineLine {
  readonly name: string;
  readonly identity: MachineIdentities;
  readonly rack: string;
  readonly profile: string;
  readonly generation: number;
  readonly values: Readonly<Record<string, string>>;
  /** Of the line. */
  readonly spot: Spot;
}

/** More than one server serves. */
const mostMachines = 50_000;

/** What a spreadsheet shows where it could not calculate, such as `#N/A` or `#REF!`, in any language. */
const errorValue = String.raw`#(?:N/A|NV|[\p{Lu}¡¿][\p{Lu}/0]*[!?])`;
const isErrorValue = new RegExp(`^${errorValue}$`, 'u');
/** A line that begins with `#`, also in quotes, as Excel writes one that has a separator. */
const comment = new RegExp(`^[ \\t]*"?(?!${errorValue}(?:["',;\\t]|$))#.*$`, 'gmu');

const cell = v.pipe(
  v.string(),
  v.maxLength(4096, 'it has more than 4096 characters'),
  v.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'it contains a line break or a control character'),
  v.check(
    (text) => !isErrorValue.test(text),
    ({ input }) => `it is ${input}, an error of the spreadsheet`,
  ),
);

const aName = v.regex(
  /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/i,
  'a name has 1 to 63 letters, digits, - and .',
);
const aGeneration = v.regex(/^[1-9]\d{0,8}$/, 'it must be a whole number from 1');
const words = v.transform((text: string): string[] => text.match(/[^\s,;|+]+/g) ?? []);

/** Of the cells that are not empty, by the names of their columns. */
const lineSchema = v.objectWithRest(
  {
    name: v.pipe(cell, aName),
    mac: v.optional(v.pipe(cell, words, v.array(macAddress)), ''),
    uuid: v.optional(v.pipe(cell, machineUuid)),
    serial: v.optional(v.pipe(cell, serialNumber)),
    rack: v.optional(cell, ''),
    profile: cell,
    generation: v.optional(v.pipe(cell, aGeneration, v.transform(Number)), '1'),
  },
  cell,
  'it is empty',
);
const columns = Object.keys(lineSchema.entries);
/** Those that no other word is close to by chance. */
const longColumns = columns.filter(({ length }) => length > 4);

/** Reads machines.csv; what is wrong with a line goes to `faults`, and the line is left out. */
export function readMachines({ name: file, bytes }: FleetFile, faults: Faults): MachineLine[] {
  if (!isUtf8(bytes) || bytes.includes(0)) {
    faults.error({ file }, 'it is not text in UTF-8', 'Export it as “CSV UTF-8”.');
    return [];
  }
  const rows = split(file, new TextDecoder().decode(bytes), faults);
  const [header, ...others] = rows?.filter(({ cells }) => cells.some((one) => one !== '')) ?? [];
  if (header === undefined) {
    const next = `The first line names the columns: ${columns.join(',')}.`;
    if (rows !== undefined) faults.error({ file }, 'it is empty', next);
    return [];
  }
  const names = header.cells.map((one) => one.toLowerCase());
  if (!checkHeader(names, { file, line: header.line }, faults)) return [];
  if (others.length > mostMachines) {
    faults.error(
      { file },
      `it has ${others.length} machines; at most ${mostMachines} are possible`,
    );
    return [];
  }
  const taken = new Map<string, number>();
  return others.flatMap(({ cells, line }) => {
    const machine = readLine(names, cells, { file, line }, faults);
    if (machine === undefined) return [];
    const { macs, uuid, serial } = machine.identity;
    const unique = {
      name: [machine.name.toLowerCase()],
      mac: macs,
      uuid: [uuid],
      serial: [serial],
    };
    for (const [kind, values] of Object.entries(unique))
      for (const value of values) {
        if (value === undefined) continue;
        const first = taken.get(`${kind} ${value}`);
        if (first === undefined) taken.set(`${kind} ${value}`, line);
        else faults.error({ file, line }, `${kind} ${value} is already in line ${first}`);
      }
    return [machine];
  });
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Spreadsheets with a decimal comma separate by semicolons; Excel may say so in a first line. */
function split(file: string, whole: string, faults: Faults): Row[] | undefined {
  const [hint = '', hinted] = /^sep=(.)(?=\r?\n)/i.exec(whole) ?? [];
  const text = whole.slice(hint.length).replaceAll(comment, '');
  const heading = /^.*[^\s,;].*$/m.exec(text)?.[0] ?? '';
  const rows: Row[] = [];
  try {
    parse(text, {
      delimiter: hinted ?? /[,;\t]/.exec(heading)?.[0] ?? ',',
      trim: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: 1024 * 1024,
      on_record: (cells: string[], { lines }) => {
        rows.push({ cells, line: lines });
        return null;
      },
    });
    return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Where a quoted value begins that does not end, rather than the end of the text.
    faults.error({ file, line: (rows.at(-1)?.line ?? 0) + 1 }, wordsFor(error.code));
    return undefined;
  }
}

function wordsFor(code: string): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quoted value does not end';
  if (code === 'CSV_MAX_RECORD_SIZE') return 'a line is longer than 1 MiB';
  return 'a quote is inside a value: a value with a quote is in quotes, and its quotes are doubled';
}

function checkHeader(names: readonly string[], spot: Spot, faults: Faults): boolean {
  const required = ['name', 'profile'].filter((name) => !names.includes(name));
  const problems = required.map((name) => `there is no column ${name}`);
  for (const [index, name] of names.entries()) {
    const near = columns.includes(name) ? '' : suggestion(name, longColumns);
    const wrong = (message: string) => problems.push(`column ${index + 1}: ${message}`);
    if (name === '') continue;
    if (!/^[a-z]\w{0,62}$/.test(name))
      wrong(`${JSON.stringify(name.slice(0, 40))} is no name of letters, digits and _`);
    else if (names.indexOf(name) < index) wrong(`there are two columns ${name}`);
    else if (/^(secret|fleet|constructor|prototype)$/.test(name))
      wrong(`${name} has another meaning`);
    else if (near !== '') wrong(`${name} has no meaning${near}`);
    else if (/^mac(s|_?\d+|_?addr.*)$/.test(name))
      faults.warn(
        spot,
        `${name} identifies no machine: the column mac is for all addresses of one`,
      );
  }
  for (const problem of problems) faults.error(spot, problem);
  return problems.length === 0;
}

function readLine(
  names: readonly string[],
  cells: readonly string[],
  spot: Spot,
  faults: Faults,
): MachineLine | undefined {
  const unnamed = cells.findIndex((text, index) => text !== '' && !names[index]);
  const all = names.flatMap((name, index) => (name === '' ? [] : [[name, cells[index] ?? '']]));
  const given = Object.fromEntries(all.filter(([, text]) => text !== ''));
  const result = v.safeParse(lineSchema, given, { abortPipeEarly: true });
  for (const { path, message } of result.issues ?? [])
    faults.error(spot, `${path?.[0]?.key}: ${message}`);
  if (unnamed >= 0)
    faults.error(spot, `column ${unnamed + 1} has a value, and no name in the first line`);
  if (!result.success || unnamed >= 0) return undefined;
  const { name, rack, profile, generation, mac: macs, uuid, serial } = result.output;
  if (macs.length === 0 && uuid === undefined && serial === undefined) {
    faults.error(spot, 'mac, uuid and serial are empty: nothing identifies the machine');
    return undefined;
  }
  const shown = { rack, generation: String(generation), mac: macs.join(' ') };
  return {
    ...{ name, rack, profile, generation, spot },
    identity: { macs, ...(uuid && { uuid }), ...(serial && { serial }) },
    values: { ...Object.fromEntries(all), ...shown },
  };
}
