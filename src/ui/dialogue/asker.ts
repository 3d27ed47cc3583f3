/** What can be chosen from. */
export interface Choice {
  readonly value: string;
  readonly name: string;
  /** Why it cannot be chosen. */
  readonly disabled: string | undefined;
}

/** How questions are put. Each rejects when whoever was asked leaves, or the line is lost. */
export interface Asker {
  choose(question: string, choices: readonly Choice[]): Promise<string>;
  /** Asks until `check` has nothing against the answer. */
  ask(question: string, check: Check): Promise<string>;
}

/** What is wrong with an answer, undefined when nothing is. */
export type Check = (answer: string) => Promise<string | undefined> | string | undefined;
