import type { Command as Commander } from 'commander';

/**
 * One command of the program: its name on the command line, its options, its help, and what runs it.
 * A new one is a folder next to this file, and a line in `commands.ts`; one of coreos-provision is a
 * `fleetCommand` in `provision/commands/`.
 */
export interface Command<Asked = unknown> {
  /** Its name on the command line, such as `devices` or `ignition validate`; empty for the default. */
  readonly word: string;
  /** Names of the program (links to it) that select this command without its name. */
  readonly programNames?: readonly string[];
  /** Whether it writes to disks: an error before it runs then says that nothing was written. */
  readonly writesDisks?: true;
  /** Rewrites options that are not in the usual form. */
  readonly adapt?: (words: readonly string[]) => readonly string[];
  /** What was meant by an option, or by an argument (`argument`), that it does not have. */
  readonly meant?: Readonly<Record<string, string>>;
  /** A few words for the list of commands; no capital, no full stop. */
  readonly summary: string;
  /** Declares options, arguments and help texts. */
  define(commander: Commander, help: HelpContext): void;
  /**
   * The options and arguments given, as a plain value; `commander.error` refuses a combination.
   * `words` is what commander has parsed.
   */
  read(commander: Commander, words: readonly string[]): Asked;
  /** Runs it; resolves with the exit code. Its modules are loaded only now. */
  run(asked: Asked): Promise<number>;
  /** Whether lost output is a failure, because the output is its purpose. Default: yes. */
  isForOutput?(asked: Asked): boolean;
}

/** What help texts need in addition to the command. */
export interface HelpContext {
  readonly version: string;
  readonly commands: readonly Command[];
}

/** A program: a name, and the commands that it has. */
export interface Program {
  readonly name: string;
  /** All commands that have a name, in the order of the help. */
  readonly commands: readonly Command[];
  /** The command if the command line does not begin with the name of one. */
  readonly withoutWord: Command;
}
