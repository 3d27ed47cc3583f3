import type { Resolved } from './given.ts';
import type { ListForm } from './lists.ts';

/** What a check needs in addition to the value. */
export interface CheckContext {
  /** Tells a relative path from a relative URL. */
  readonly fileExists: (path: string) => boolean;
  /** Checks add what the user should know, a sentence or two each. */
  readonly notes: string[];
}

/** Turns the text that was given into the value. Throws `ParameterError`. */
export type Check<T> = (given: Resolved<string>, context: CheckContext) => T;

interface Described {
  /** Its name in the list that is printed before the installation. */
  readonly label: string;
  /** The option as commander reads it: `-d, --device <device>`; some parameters have none. */
  readonly option?: string;
  /** What `--help` says of the option. */
  readonly help?: string;
  /** Name of the file in `/tmp`. */
  readonly file: string;
  /** Name of the kernel argument. */
  readonly argument: string;
}

/** A parameter that has a value. */
export interface ValueParameter extends Described {
  readonly check: Check<unknown>;
  /** Nothing is installed without it; what messages call it. */
  readonly needed?: string;
  /** Where that parameter is given, it is not needed. */
  readonly instead?: string;
  /** What is printed when it is not given; without this text: nothing. */
  readonly otherwise?: string;
  /** Belongs to `Fetching`: how things are fetched, by whatever URL. */
  readonly fetching?: true;
  /** The option may have an empty value. */
  readonly mayBeEmpty?: true;
  /** Why a file without a value is refused; without this text it is like no file. */
  readonly neverEmpty?: string;
  /** The only values. */
  readonly choices?: readonly string[];
  /** All are used if it is given several times, as one text of this form. */
  readonly repeated?: ListForm;
  /**
   * What kernel arguments and config files give is added to what comes before them, instead of being
   * overridden. A file is still overridden by the option: it has what an earlier run was given.
   */
  readonly addsUp?: true;
  /** The option may not be given twice with different values. */
  readonly once?: true;
  /** Why the option is refused with the rest of the command line. */
  readonly objection?: (text: string) => string | undefined;
  /** A wrong name from a published guide, which works too. */
  readonly misspelledArgument?: string;
  /** Whether a value reduces checks: it must be given for each run, and is never kept in the file. */
  readonly isCareless?: (text: string) => boolean;
}

/** A parameter that is on or off. */
export interface FlagParameter extends Described {
  /** What is printed after the label when it is on. */
  readonly on: string;
  /** See `ValueParameter`. */
  readonly isCareless?: () => boolean;
}
