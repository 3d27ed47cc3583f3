import { speaksUnicode } from './display/terminal.ts';

/** A line for the person at the console. */
export function say(line: string): void {
  print(process.stdout, line);
}

/** A line that matters even when nobody looks at the rest. */
export function warn(line: string): void {
  print(process.stderr, line);
}

function print(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`${stream.isTTY ? forTerminal(line) : line}\n`);
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

/** Our own typography in what every terminal has; names from elsewhere stay as they are. */
export function inAscii(line: string): string {
  return line.replaceAll(/[…–’“”]/g, (character) => replacements[character] ?? character);
}
