import { maskUrlsIn } from '../lib/mask-url.ts';
import { printable, printableJson } from '../lib/text.ts';
import { speaksUnicode } from './display/terminal.ts';

/** A line for the person at the console. */
export function say(line: string): void {
  print(process.stdout, presentable(line));
}

/** A line that is shown even with `--quiet`. */
export function warn(line: string): void {
  print(process.stderr, presentable(line));
}

/** Prints a value for programs, on one line or indented. */
export function sayJson(data: object, indent?: number): void {
  print(process.stdout, presentableJson(data, indent));
}

/**
 * A text without secrets and control characters, wherever it comes from. Everything that leaves the
 * program for people goes through here, or through `presentableJson`.
 */
export function presentable(text: string): string {
  return printable(maskUrlsIn(text));
}

/** The same of all texts in a value. */
export function presentableJson(data: object, indent?: number): string {
  return printableJson(JSON.stringify(withoutSecrets(data), undefined, indent));
}

/** A copy in which the URLs in all texts are masked; fit for `JSON.stringify`. */
export function withoutSecrets(data: object): object {
  return JSON.parse(
    JSON.stringify(data, (_, value: unknown) =>
      typeof value === 'string' ? maskUrlsIn(value) : value,
    ),
  );
}

function print(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${stream.isTTY ? forTerminal(text) : text}\n`);
}

/** A text as a terminal of this locale can show it. */
export function forTerminal(text: string): string {
  return speaksUnicode() ? text : inAscii(text);
}

const replacements: Readonly<Record<string, string>> = {
  '…': '...',
  '–': '-',
  '’': "'",
  '“': '"',
  '”': '"',
};

/** Replaces our own typography by ASCII; names from elsewhere are not changed. */
export function inAscii(line: string): string {
  return line.replaceAll(/[…–’“”]/g, (character) => replacements[character] ?? character);
}
