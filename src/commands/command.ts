import type { Command as Commander } from 'commander';

/**
 * One command of the program: its word on the command line, its options, its help, and what does it.
 * A new one is a folder beside this file, and a line in `commands.ts`.
 */
export interface Command<Asked = unknown> {
  /** What it is called by, such as `devices` or `ignition validate`. */
  readonly word: string;
  /** Names of the program itself (links to it) that mean this command without its word. */
  readonly programNames?: readonly string[];
  /** Whether it writes to disks: what ends before it begins has written to none. */
  readonly writesDisks?: true;
  /** Rewrites words that are not in the usual form of options. */
  readonly adapt?: (words: readonly string[]) => readonly string[];
  /** A few words for the list of commands; no capital, no full stop. */
  readonly summary: string;
  /** Declares options, arguments and help texts. */
  define(commander: Commander, help: HelpContext): void;
  /** The options and arguments given, as a plain value; `commander.error` refuses a combination. */
  read(commander: Commander): Asked;
  /** Does it; resolves with the exit code. Whatever it needs is loaded only now. */
  run(asked: Asked): Promise<number>;
  /** Whether its output is what it is for: then a lost one is a failure. Default: it is. */
  isForOutput?(asked: Asked): boolean;
}

/** What help texts name besides the command itself. */
export interface HelpContext {
  readonly version: string;
  readonly commands: readonly Command[];
}
