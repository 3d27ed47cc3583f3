import { CsvError, type Options, parse } from 'csv-parse/sync';
import type { MachineIdentities } from '../model.ts';
import type { Faults, Spot } from './faults.ts';
import {
  identityWords,
  type Normalised,
  normaliseMac,
  normaliseSerial,
  normaliseUuid,
} from './identity.ts';
import { type FleetFile, suggestion } from './yaml-file.ts';

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

const columns = ['name', 'mac', 'uuid', 'serial', 'rack', 'profile', 'generation'];
/** Those that no other word is close to by chance. */
const longColumns = columns.filter(({ length }) => length > 4);
/** More than one server serves. */
const mostMachines = 50_000;
const longestCell = 4096;

/** Reads machines.csv; what is wrong with a line goes to `faults`, and the line is left out. */
export function readMachines({ name: file, bytes }: FleetFile, faults: Faults): MachineLine[] {
  const text = decode(bytes);
  if (text === undefined) {
    faults.error({ file }, 'it is not text in UTF-8', 'Export it as “CSV UTF-8”.');
    return [];
  }
  const records = split(file, text, faults);
  if (records === undefined) return [];
  const [header, ...rows] = records.filter(({ cells }) => cells.some((cell) => cell !== ''));
  if (header === undefined) {
    faults.error(
      { file },
      'it is empty',
      `The first line names the columns: ${columns.join(',')}.`,
    );
    return [];
  }
  const names = header.cells.map((cell) => cell.toLowerCase());
  if (!checkHeader(names, { file, line: header.line }, faults)) return [];
  if (rows.length > mostMachines) {
    faults.error({ file }, `it has ${rows.length} machines; at most ${mostMachines} are possible`);
    return [];
  }
  const taken = new Map<string, number>();
  return rows.flatMap(({ cells, line }) => {
    const machine = readLine(names, cells, { file, line }, faults);
    if (machine === undefined) return [];
    for (const word of [`name ${machine.name.toLowerCase()}`, ...identityWords(machine.identity)]) {
      const first = taken.get(word);
      if (first === undefined) taken.set(word, line);
      else faults.error({ file, line }, `${word} is already in line ${first}`);
    }
    return [machine];
  });
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** At the beginning of a line it would be a comment, and the machine would be gone. */
const errorValue =
  /^"?(#(?:N\/A|NV|NAME\?|REF!|BEZUG!|VALUE!|WERT!|DIV\/0!|NUM!|ZAHL!|NULL!))(?=["',;\t\r\n])/m;

/** Spreadsheets with a decimal comma separate by semicolons; Excel may say so in a first line. */
function split(file: string, text: string, faults: Faults): Row[] | undefined {
  const [hint = '', hinted] = /^sep=(.)\r?\n/i.exec(text) ?? [];
  const heading = /^(?![ \t]*#)[^\r\n]*[^\s,;][^\r\n]*/m.exec(text.slice(hint.length))?.[0] ?? '';
  const delimiter = hinted ?? /[,;\t]/.exec(heading)?.[0] ?? ',';
  const rows: Row[] = [];
  const first = hint === '' ? 0 : 1;
  const options: Options<string[]> = {
    delimiter,
    trim: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    comment: '#',
    comment_no_infix: true,
    max_record_size: 1024 * 1024,
    on_record: (cells, { lines }) => {
      rows.push({ cells, line: lines + first });
      return null;
    },
  };
  try {
    const broken = errorValue.exec(text);
    if (broken !== null) {
      const line = text.slice(0, broken.index).split(/\r\n|\n|\r/).length;
      faults.error({ file, line }, `the first value is ${broken[1]}, an error of the spreadsheet`);
      return undefined;
    }
    parse(text.slice(hint.length), options);
    // In quotes, as Excel writes one with a separator.
    return rows.filter(({ cells: [first = ''] }) => !first.startsWith('#'));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Where a quoted value begins that does not end, rather than the end of the text.
    faults.error({ file, line: (rows.at(-1)?.line ?? first) + 1 }, wordsFor(error.code));
    return undefined;
  }
}

function wordsFor(code: string): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quoted value does not end';
  if (code === 'CSV_MAX_RECORD_SIZE') return 'a line is longer than 1 MiB';
  return 'a quote is inside a value: a value with a quote is in quotes, and its quotes are doubled';
}

function checkHeader(names: readonly string[], spot: Spot, faults: Faults): boolean {
  let sound = true;
  const wrong = (message: string) => {
    sound = false;
    faults.error(spot, message);
  };
  for (const [index, name] of names.entries()) {
    const own = `column ${index + 1}`;
    if (name === '') continue;
    if (!/^[a-z]\w{0,62}$/.test(name))
      wrong(`${own}: ${JSON.stringify(name.slice(0, 40))} is no name of letters, digits and _`);
    else if (names.indexOf(name) < index) wrong(`${own}: there are two columns ${name}`);
    else if (name === 'secret' || name === 'fleet') wrong(`${own}: ${name} has another meaning`);
    else if (!columns.includes(name) && suggestion(name, longColumns) !== '')
      wrong(`${own}: ${name} has no meaning${suggestion(name, longColumns)}`);
  }
  for (const name of ['name', 'profile'])
    if (!names.includes(name)) wrong(`there is no column ${name}`);
  return sound;
}

function readLine(
  names: readonly string[],
  cells: readonly string[],
  spot: Spot,
  faults: Faults,
): MachineLine | undefined {
  let sound = true;
  const wrong = (message: string): undefined => {
    sound = false;
    faults.error(spot, message);
  };
  const values: Record<string, string> = {};
  for (const [index, cell] of cells.entries()) {
    const name = names[index] ?? '';
    if (name !== '') values[name] = cell;
    else if (cell !== '') wrong(`column ${index + 1} has a value, and no name in the first line`);
    if (cell.length > longestCell || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(cell))
      wrong(`${name}: it contains a line break or control character, or more than ${longestCell}`);
  }
  const normal = (column: string, text: string, normalise: (text: string) => Normalised) => {
    if (text === '') return undefined;
    const result = normalise(text);
    return 'value' in result ? result.value : wrong(`${column}: ${result.wrong}`);
  };
  const { name = '', profile = '', rack = '', generation = '' } = values;
  if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/i.test(name))
    wrong('name: a name has 1 to 63 letters, digits, - and .');
  if (profile === '') wrong('profile: it is empty');
  if (!/^([1-9]\d{0,8})?$/.test(generation)) wrong('generation: it must be a whole number from 1');
  const words = (values['mac'] ?? '').split(/[\s,;|+]+/);
  const macs = words.flatMap((word) => normal('mac', word, normaliseMac) ?? []);
  const uuid = normal('uuid', values['uuid'] ?? '', normaliseUuid);
  const serial = normal('serial', values['serial'] ?? '', normaliseSerial);
  const identity = { macs, ...(uuid && { uuid }), ...(serial && { serial }) };
  if (sound && identityWords(identity).length === 0)
    wrong('mac, uuid and serial are empty: nothing identifies the machine');
  const shown = { ...values, rack, generation: generation || '1', mac: macs.join(' ') };
  return sound
    ? { name, identity, rack, profile, generation: Number(generation || 1), values: shown, spot }
    : undefined;
}
