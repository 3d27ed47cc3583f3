import { type BootWord, bootWords } from './boot-words.ts';

/** A change of the kernel arguments of a boot loader entry. */
export interface ArgumentEdit {
  /** Each is removed wherever it is, as the kernel receives it: `console=tty0`, `quiet`. */
  readonly remove: readonly string[];
  /** The ports whose `console=` is removed, whatever its options: `ttyS0`. */
  readonly removeConsoles?: readonly string[];
  /** Added at the end of the line, as words of a GRUB script. */
  readonly append: readonly string[];
}

export interface EditedEntry {
  readonly text: string;
  /** What was there to remove. */
  readonly removed: ReadonlySet<string>;
}

/** Why an entry cannot be edited safely, and in which of its lines, counted from 1. */
export interface Refusal {
  readonly line: number | undefined;
  readonly why: string;
}

/** Whether GRUB shows the entry: it skips those without a kernel. */
export function isMenuEntry(entry: string): boolean {
  return linesOf(entry).some(({ key, unseen }) => key === 'linux' && unseen === undefined);
}

/**
 * Changes the kernel arguments of a boot loader entry (Boot Loader Specification, type 1), one edit
 * after the other, and nothing else. Refuses an entry that programs read differently, where it is not
 * certain what the kernel will get: GRUB reads the first `options` line, ostree the last; GRUB parses
 * that line as a script, and reads no line after one without a value (`blscfg.c` of Fedora's GRUB).
 */
export function editArguments(
  entry: string,
  edits: readonly ArgumentEdit[],
): EditedEntry | Refusal {
  const [line, second] = linesOf(entry).filter(({ key }) => key === 'options');
  if (line === undefined) return { line: undefined, why: 'it has no options line' };
  const refuse = (why: string, { number } = line): Refusal => ({ line: number, why });
  if (second !== undefined)
    return refuse('a second options line, which GRUB does not read', second);
  const unsafe = objectionTo(line);
  if (unsafe !== undefined) return refuse(unsafe);
  const removed = new Set<string>();
  let value = line.value;
  for (const { remove, removeConsoles = [], append } of edits) {
    value = changeWords(value, ({ text }) => {
      const port = consolePort(text);
      const isRemoved =
        remove.includes(text) || (port !== undefined && removeConsoles.includes(port));
      if (!isRemoved) return undefined;
      removed.add(text);
      return '';
    });
    for (const word of append) value = appendWord(value, word);
  }
  // GRUB would not read the lines after it, with the initramfs.
  if (bootWords(value).length === 0) return refuse('no kernel argument would be left');
  const text = entry.slice(0, line.start) + value + entry.slice(line.start + line.value.length);
  return { text, removed };
}

/** `ttyS0` of `console=ttyS0,115200n8`; undefined for another word. */
export function consolePort(word: string): string | undefined {
  return /^console=([^,]+)/.exec(word)?.[1];
}

/** What GRUB reads as the kernel arguments of the entry, with the spaces around them. */
export function argumentsOf(entry: string): string {
  const line = linesOf(entry).find(({ key, unseen }) => key === 'options' && unseen === undefined);
  return line?.value ?? '';
}

interface Line {
  readonly number: number;
  readonly key: string;
  /** All that follows the key, spaces included. */
  readonly value: string;
  /** Where the value begins in the entry. */
  readonly start: number;
  /** Why GRUB does not read it. */
  readonly unseen: string | undefined;
}

/** The lines that have a key: no comments, and no empty lines. */
function linesOf(entry: string): Line[] {
  const lines: Line[] = [];
  let at = 0;
  let end: number | undefined;
  for (const [index, line] of entry.split('\n').entries()) {
    const [, indent = '', key = '', value = ''] = /^([ \t]*)([^ \t\r]*)(.*)$/s.exec(line) ?? [];
    const isComment = key.startsWith('#');
    const number = index + 1;
    if (!isComment && value.replaceAll('\r', '').length < 2) end ??= number;
    if (key !== '' && !isComment) {
      const start = at + indent.length + key.length;
      lines.push({ number, key, value, start, unseen: reasonUnseen(value, end) });
    }
    at += line.length + 1;
  }
  return lines;
}

function reasonUnseen(value: string, end: number | undefined): string | undefined {
  if (end !== undefined) return `GRUB stops reading at line ${end}, which has no value`;
  // GRUB looks for a space, and for a tab only where there is no space.
  return value.startsWith('\t') && value.includes(' ')
    ? 'GRUB reads it only with a space after the first word'
    : undefined;
}

/** Outside quotes, these end a command of GRUB's script, or the word. */
const separators = /[;|&<>{}]/;
const quoted = /"(?:[^"\\]|\\.)*"|'[^']*'|\\.|\$\{\w+\}/gs;

function objectionTo({ value, unseen }: Line): string | undefined {
  if (unseen !== undefined) return unseen;
  if (/\r./s.test(value)) return 'a carriage return within the line';
  const words = bootWords(value);
  // An apostrophe is a quote for GRUB, which reads on to the next one.
  const isOpen = words.at(-1)?.isOpen || value.replaceAll(quoted, '').includes("'");
  if (isOpen) return 'a quote is not closed';
  const raws = words.map(({ start, end }) => value.slice(start, end));
  const broken = raws.find((raw) => separators.test(raw.replaceAll(quoted, '')) || raw[0] === '#');
  return broken === undefined ? undefined : `GRUB does not pass ${broken} to the kernel as it is`;
}

/** Only \n ends a line; a \r before it is whitespace. */
const optionsLine = /(?<![^\n])([ \t]*options)(?=[ \t\r\n]|$)([^\n]*)/g;

const platform = 'ignition.platform.id';

/**
 * Sets `ignition.platform.id=` in a boot loader entry. The first one in the `options` lines is
 * replaced, further ones are removed. Where there is none it is appended to the first `options` line,
 * or as a new line. Nothing else is changed. `platformId` must have been checked: plain characters only.
 */
export function withPlatformId(entry: string, platformId: string): string {
  const argument = `${platform}=${platformId}`;
  let placed = false;
  const replaced = changeOptions(entry, (line) =>
    changeWords(line, (word, spaces) => {
      if (word.text !== platform && !word.text.startsWith(`${platform}=`)) return undefined;
      const text = placed ? '' : `${spaces}${argument}`;
      placed = true;
      return text;
    }),
  );
  if (placed) return replaced;
  let appended = false;
  const extended = changeOptions(entry, (line) => {
    const text = appended ? line : appendWord(line, argument);
    appended = true;
    return text;
  });
  if (appended) return extended;
  const lineEnd = entry.includes('\r\n') ? '\r\n' : '\n';
  const separator = entry === '' || entry.endsWith('\n') ? '' : lineEnd;
  return `${entry}${separator}options ${argument}${lineEnd}`;
}

/** Whether GRUB reads an `options` line with that platform. */
export function hasPlatformId(entry: string, platformId: string): boolean {
  return linesOf(entry).some(
    ({ key, value, unseen }) =>
      key === 'options' &&
      unseen === undefined &&
      bootWords(value).some(({ text }) => text === `${platform}=${platformId}`),
  );
}

function changeOptions(entry: string, change: (line: string) => string): string {
  return entry.replaceAll(optionsLine, (_, key: string, line: string) => key + change(line));
}

/** Replaces words together with the whitespace before them; undefined leaves a word as it is. */
function changeWords(
  line: string,
  change: (word: BootWord, spaces: string) => string | undefined,
): string {
  let text = '';
  let end = 0;
  for (const word of bootWords(line)) {
    const spaces = line.slice(end, word.start);
    text += change(word, spaces) ?? spaces + line.slice(word.start, word.end);
    end = word.end;
  }
  return text + line.slice(end);
}

/** After the last word; before the first where the last one has an open quote, which would include it. */
function appendWord(line: string, word: string): string {
  // With a space in the line, GRUB no longer takes a tab as the end of the key.
  const spaced = line.replace(/^\t/, ' ');
  const last = bootWords(spaced).at(-1);
  const at = last === undefined || last.isOpen ? 0 : last.end;
  return `${spaced.slice(0, at)} ${word}${spaced.slice(at)}`;
}
