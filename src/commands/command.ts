import type { Command as Commander } from 'commander';

/** One command of the program: its word on the command line, its options, and what they ask for. */
export interface Syntax<Asked> {
  /** What it is called by, such as `devices` or `ignition validate`. */
  readonly word: string;
  /** Names of the program itself (links to it) that mean this command without its word. */
  readonly programNames?: readonly string[];
  /** Rewrites words that are not in the usual form of options. */
  readonly adapt?: (words: readonly string[]) => readonly string[];
  /** A few words for the list of commands; no capital, no full stop. */
  readonly summary: string;
  /** Declares options, arguments and help texts. */
  define(command: Commander, version: string): void;
  /** The options and arguments given, as a plain value; `command.error` refuses a combination. */
  read(command: Commander): Asked;
}
