import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';
import * as v from 'valibot';
import { suggestion } from '../../lib/suggestion.ts';
import type { Faults, Spot } from './faults.ts';
import type { WantedMachine } from './fleet.ts';
import type { FleetFile } from './fleet-files.ts';
import { macAddress, machineUuid, serialNumber } from './identity.ts';

/** A line of machines.csv, checked by itself and against the others. */
export type MachineLine = Omit<WantedMachine, 'config' | 'configSha512'> & {
  readonly spot: Spot;
};

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
  const [header, ...rows] = rowsOf(file, bytes, faults);
  if (header === undefined) return [];
  const names = header.cells.map((one) => one.toLowerCase());
  if (!checkHeader(names, { file, line: header.line }, faults)) return [];
  const taken = new Map<string, number>();
  return rows.flatMap(({ cells, line }) => {
    const machine = readLine(names, cells, { file, line }, faults);
    if (machine === undefined) return [];
    const { macs, uuid, serial } = machine.identity;
    const words = [
      `name ${machine.name.toLowerCase()}`,
      ...macs.map((mac) => `mac ${mac}`),
      ...(uuid === undefined ? [] : [`uuid ${uuid}`]),
      ...(serial === undefined ? [] : [`serial ${serial}`]),
    ];
    for (const word of words) {
      const first = taken.get(word);
      if (first === undefined) taken.set(word, line);
      else faults.error({ file, line }, `${word} is already in line ${first}`);
    }
    return [machine];
  });
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/**
 * The lines with the names and of the machines; none where they cannot be read. Spreadsheets with a
 * decimal comma separate by semicolons; Excel may say so in a first line.
 */
function rowsOf(file: string, bytes: Uint8Array, faults: Faults): Row[] {
  const refuse = (message: string, next?: string, line?: number): Row[] => {
    faults.error({ file, ...(line && { line }) }, message, next);
    return [];
  };
  if (!isUtf8(bytes) || bytes.includes(0))
    return refuse('it is not text in UTF-8', 'Export it as “CSV UTF-8”.');
  // Within quotes, a line end of two characters would count twice.
  const whole = new TextDecoder().decode(bytes).replaceAll('\r\n', '\n');
  const [hint = '', hinted] = /^sep=(.)(?=\n)/i.exec(whole) ?? [];
  const text = whole.slice(hint.length).replaceAll(comment, '');
  const heading = /^.*[^\s,;].*$/m.exec(text)?.[0] ?? '';
  const rows: Row[] = [];
  try {
    parse(text, {
      delimiter: hinted ?? /[,;\t]/.exec(heading)?.[0] ?? ',',
      trim: true,
      relax_column_count: true,
      skip_records_with_empty_values: true,
      record_delimiter: ['\n', '\r'],
      max_record_size: 1024 * 1024,
      on_record: (cells: string[], { lines }) => {
        rows.push({ cells, line: lines });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Where a quoted value begins that does not end, rather than the end of the text.
    return refuse(wordsFor(error.code), undefined, (rows.at(-1)?.line ?? 0) + 1);
  }
  if (rows.length === 0)
    return refuse('it is empty', `The first line names the columns: ${columns.join(',')}.`);
  return rows.length - 1 > mostMachines
    ? refuse(`it has ${rows.length - 1} machines; at most ${mostMachines} are possible`)
    : rows;
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
