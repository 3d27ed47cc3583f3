import { InputError } from '../../lib/errors.ts';

/** Where in the fleet's files; counted from 1. */
export interface Spot {
  /** Below the fleet's directory. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** More than anybody reads before the first few are corrected. */
const mostLines = 50;

/** Collects what is wrong with the files of a fleet; what many machines share is one line. */
export class Faults {
  readonly #errors = new Map<string, string[]>();
  readonly #warnings = new Map<string, string[]>();
  #others = 0;

  /** `message` is the rest of a sentence, `next` a sentence. */
  error(spot: Spot, message: string, next?: string, machine?: string): void {
    this.#add(this.#errors, `${placeOf(spot)}error: ${sentence(message, next)}`, machine);
  }

  warn(spot: Spot, message: string, next?: string, machine?: string): void {
    this.#add(this.#warnings, `${placeOf(spot)}warning: ${sentence(message, next)}`, machine);
  }

  get failed(): boolean {
    return this.#errors.size > 0;
  }

  get warnings(): readonly string[] {
    return linesOf(this.#warnings);
  }

  /** All errors as one; each is a line of its `reasons`. */
  toError(directory: string): InputError {
    const lines = linesOf(this.#errors);
    const reasons = this.#others > 0 ? [...lines, `${this.#others} more errors`] : lines;
    const left = lines.length - 1 + this.#others;
    return new InputError({
      code: 'fleet-invalid',
      failed: `Cannot use the fleet in ${directory}`,
      why: `${(lines[0] ?? '').replace(/\.$/, '')}${left > 0 ? `; and ${left} more` : ''}`,
      next: 'Correct the files; coreos-provision check lists everything that is wrong.',
      reasons,
    });
  }

  #add(lines: Map<string, string[]>, line: string, machine: string | undefined): void {
    const machines = lines.get(line);
    if (machines !== undefined) {
      if (machine !== undefined) machines.push(machine);
    } else if (lines.size < mostLines) lines.set(line, machine === undefined ? [] : [machine]);
    else if (lines === this.#errors) this.#others += 1;
  }
}

function placeOf({ file, line, column }: Spot): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(':')}: `;
}

const sentence = (message: string, next: string | undefined) =>
  `${message}.${next === undefined ? '' : ` ${next}`}`;

function linesOf(lines: ReadonlyMap<string, readonly string[]>): string[] {
  return [...lines].map(([line, [first, ...others]]) => {
    if (first === undefined) return line;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `${line} (machine ${first}${more})`;
  });
}
