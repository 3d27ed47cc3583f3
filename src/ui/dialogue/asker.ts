/** What can be chosen from. */
export interface Choice {
  readonly value: string;
  readonly name: string;
  /** Why it cannot be chosen. */
  readonly disabled: string | undefined;
}

/** Asks the user. Each function rejects when the user quits or the terminal is lost. */
export interface Asker {
  choose(question: string, choices: readonly Choice[]): Promise<string>;
  /** Asks until `check` accepts the answer. */
  ask(question: string, check: Check): Promise<string>;
}

/** Returns what is wrong with an answer; undefined when it is accepted. */
export type Check = (answer: string) => Promise<string | undefined> | string | undefined;
