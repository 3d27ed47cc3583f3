/** A connection as NetworkManager stores it (nm-settings-keyfile(5)), in the format of GLib (gkeyfile.c). */

/** Settings by section; settings without a value, which are the usual ones, are left out. */
export type Keyfile = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Old names of sections and types. */
const aliases: Readonly<Record<string, string>> = {
  '802-3-ethernet': 'ethernet',
  '802-11-wireless': 'wifi',
  '802-11-wireless-security': 'wifi-security',
};

export const presentName = (name: string) => aliases[name] ?? name;

/** Reads a text that `whyUnreadable` has nothing against; the last of several values is used. */
export function parseKeyfile(text: string): Keyfile {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of linesOf(text)) {
    const [, section] = /^\s*\[(.*)\]\s*$/.exec(line) ?? [];
    if (section !== undefined) {
      const name = presentName(section);
      current = sections.get(name) ?? new Map();
      sections.set(name, current);
      continue;
    }
    const [, name, value = ''] = /^\s*([^#\s][^=]*?)\s*=(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const plain = unescaped(value.trim());
    if (plain === '') current.delete(name);
    else current.set(name, plain);
  }
  return sections;
}

const escapes: Readonly<Record<string, string>> = { s: ' ', t: '\t', n: '\n', r: '\r', '\\': '\\' };
const unescaped = (value: string) =>
  value.replaceAll(/\\([stnr\\])/g, (_, letter: string) => escapes[letter] ?? '');

const linesOf = (text: string) => text.split('\n').map((line) => line.replace(/\r$/, ''));

/** Whether it is such a file at all. */
export const hasConnection = (text: string) => /^[ \t]*\[connection\][ \t]*\r?$/m.test(text);

/** A comment or nothing, a section, a setting: anything else, GLib stops at. */
const readableLine = /^\s*(#.*|\[[^[\]]+\]\s*|[^=[\]\s][^=]*=.*)?$/s;

/** Connections of several types have these; another section says which type it is. */
const sectionsWithoutType = [
  ...['connection', 'ipv4', 'ipv6', 'match', 'proxy', 'user', 'hostname', 'link', 'tc', 'sriov'],
  ...['wifi-security', '802-1x', 'ethtool', 'dcb', 'bridge-port', 'bond-port', 'team-port'],
];

/** Why NetworkManager does not read a file that has a section [connection], in a few words. */
export function whyUnreadable(text: string): string | undefined {
  const lines = linesOf(text);
  const isSection = (line: string) => /^\s*\[/.test(line);
  const first = lines.findIndex((line) => isSection(line));
  const bad = lines.findIndex(
    (line, index) => !readableLine.test(line) || (index < first && /^\s*[^#\s]/.test(line)),
  );
  if (bad >= 0)
    return `line ${bad + 1} is neither a comment (#), a section, nor a setting (name=value) of one`;
  return typeIn(lines) === undefined
    ? 'its section [connection] has no type=, such as type=ethernet'
    : undefined;
}

/** What kind of connection it is; undefined where it does not say. */
export const typeOf = (text: string) => typeIn(linesOf(text));

function typeIn(lines: readonly string[]): string | undefined {
  let section = '';
  let said: string | undefined;
  let implied: string | undefined;
  for (const line of lines) {
    section = /^\s*\[(.*)\]/.exec(line)?.[1] ?? section;
    const [, type] = section === 'connection' ? (/^\s*type\s*=\s*(\S+)/.exec(line) ?? []) : [];
    if (type !== undefined) said = type;
    if (section !== '' && !sectionsWithoutType.includes(section)) implied ??= section;
  }
  const type = said ?? implied;
  return type === undefined ? undefined : presentName(type);
}
