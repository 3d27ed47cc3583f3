import { InputError } from '../../lib/errors.ts';
import { shellQuote } from '../../lib/text.ts';

/** Where in the fleet's files; counted from 1. */
export interface Spot {
  /** Below the fleet's directory. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** More than anybody reads before the first few are corrected. */
const mostLines = 50;

/** What is wrong, a line each, with the first machine that it concerns and how many others. */
type Lines = Map<string, { readonly machine: string | undefined; others: number }>;

/** Collects what is wrong with the files of a fleet; what many machines share is one line. */
export class Faults {
  readonly #errors: Lines = new Map();
  readonly #warnings: Lines = new Map();
  #unlisted = 0;

  /** `message` is the rest of a sentence, `next` a sentence. */
  error(spot: Spot, message: string, next?: string, machine?: string): void {
    if (!add(this.#errors, lineOf('error', spot, message, next), machine)) this.#unlisted += 1;
  }

  warn(spot: Spot, message: string, next?: string, machine?: string): void {
    add(this.#warnings, lineOf('warning', spot, message, next), machine);
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
    const left = lines.length - 1 + this.#unlisted;
    return new InputError({
      code: 'fleet-invalid',
      failed: `Cannot use the fleet in ${directory}`,
      why: `${(lines[0] ?? '').replace(/\.$/, '')}${left > 0 ? `; and ${left} more` : ''}`,
      next: `Correct the files; coreos-provision check ${shellQuote(directory)} lists everything that is wrong.`,
      reasons: [...lines, ...(this.#unlisted > 0 ? [`${this.#unlisted} more errors`] : [])],
    });
  }
}

function lineOf(kind: string, { file, line, column }: Spot, message: string, next = ''): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${kind}: ${message}. ${next}`.trimEnd();
}

/** False: there are too many already. */
function add(lines: Lines, line: string, machine: string | undefined): boolean {
  const known = lines.get(line);
  if (known !== undefined) known.others += 1;
  else if (lines.size < mostLines) lines.set(line, { machine, others: 0 });
  else return false;
  return true;
}

function linesOf(lines: Lines): string[] {
  return [...lines].map(([line, { machine, others }]) => {
    const more = others === 0 ? '' : ` and ${others} more`;
    return machine === undefined ? line : `${line} (machine ${machine}${more})`;
  });
}
