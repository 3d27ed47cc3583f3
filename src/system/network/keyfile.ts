/** A connection as NetworkManager stores it (nm-settings-keyfile(5)), in the format of GLib (gkeyfile.c). */

/** Settings by section; settings without a value, which are the usual ones, are left out. */
export type Keyfile = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What the installer copies to the first boot. */
export const keyfileLimits = { mostFiles: 100, fileBytes: 64 * 1024 };

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
    const [, section] = sectionLine.exec(line) ?? [];
    if (section !== undefined) {
      const name = presentName(section);
      current = sections.get(name) ?? new Map();
      sections.set(name, current);
      continue;
    }
    const [, name, value = ''] = settingLine.exec(line) ?? [];
    if (name === undefined) continue;
    const plain = unescaped(value);
    if (plain === '') current.delete(name);
    else current.set(name, plain);
  }
  return sections;
}

const escapes: Readonly<Record<string, string>> = { s: ' ', t: '\t', n: '\n', r: '\r', '\\': '\\' };
const unescaped = (value: string) =>
  value.replaceAll(/\\([stnr\\])/g, (_, letter: string) => escapes[letter] ?? '');

/** A return is not a part of the line's end where the text ends with it. */
const linesOf = (text: string) => text.replaceAll('\r\n', '\n').split('\n');

/** GLib's white space, which is less than that of `\s`. */
const spaces = '[ \\t\\f\\r]*';

// A comment or nothing, a section, a setting: anything else, GLib stops at.
const emptyLine = new RegExp(`^${spaces}(#.*)?$`, 's');
// biome-ignore lint/suspicious/noControlCharactersInRegex: GLib refuses them in names of sections.
const sectionLine = /^[ \t\f\r]*\[([^[\]\x00-\x1f\x7f]+)\][ \t]*$/;
/** A name may be for one language. Spaces at the end of a value are a part of it. */
const settingLine = new RegExp(
  `^${spaces}([^=[\\]# \\t\\f\\r][^=[\\]]*?(?:\\[[\\w.@-]*\\])?)${spaces}=${spaces}(.*)$`,
  's',
);

/** Whether it is such a file at all, if GLib can read it. */
export const hasConnection = (text: string) =>
  linesOf(text).some((line) => sectionLine.exec(line)?.[1] === 'connection');

/** As UTF-8, and read byte by byte. */
const byteOrderMark = /^(\ufeff|\u00ef\u00bb\u00bf)/;

/** Settings that NetworkManager drops the connection for, where a space at the end is a part of the value. */
const strictSettings: Readonly<Record<string, RegExp>> = {
  connection: /^(type|interface-name)$/,
  ipv4: /^(method|address(es)?\d*)$/,
  ipv6: /^(method|address(es)?\d*)$/,
};

/** Connections of several types have these; another section says which type it is. */
const sectionsWithoutType = [
  ...['connection', 'ipv4', 'ipv6', 'match', 'proxy', 'user', 'hostname', 'link', 'tc', 'sriov'],
  ...['wifi-security', '802-1x', 'ethtool', 'dcb', 'bridge-port', 'bond-port', 'team-port'],
];

/** Why NetworkManager does not read a file, in a few words. */
export function whyUnreadable(text: string): string | undefined {
  if (byteOrderMark.test(text)) return 'it begins with a byte order mark; store it without one';
  const lines = linesOf(text);
  let section: string | undefined;
  for (const [index, line] of lines.entries()) {
    if (emptyLine.test(line)) continue;
    const [, name, value = ''] = settingLine.exec(line) ?? [];
    if (name === undefined || section === undefined) section = sectionLine.exec(line)?.[1];
    if (section === undefined)
      return `line ${index + 1} is neither a comment (#), a section, nor a setting (name=value) of one`;
    if (name !== undefined && strictSettings[section]?.test(name) && endsWithSpace(value))
      return `line ${index + 1} ends with a space, which is a part of the value`;
  }
  return typeIn(lines) === undefined
    ? 'its section [connection] has no type=, such as type=ethernet'
    : undefined;
}

export const endsWithSpace = (value: string) => /[ \t\f\r]$/.test(value);

/** What kind of connection it is; undefined where it does not say. */
export const typeOf = (text: string) => typeIn(linesOf(text));

function typeIn(lines: readonly string[]): string | undefined {
  let section = '';
  let said: string | undefined;
  let implied: string | undefined;
  for (const line of lines) {
    section = sectionLine.exec(line)?.[1] ?? section;
    const [, name, value = ''] = settingLine.exec(line) ?? [];
    if (section === 'connection' && name === 'type' && value !== '') said = value;
    if (section !== '' && !sectionsWithoutType.includes(section)) implied ??= section;
  }
  const type = said ?? implied;
  return type === undefined ? undefined : presentName(type);
}
