import { InputError } from '../lib/errors.ts';

/** Changes of kernel arguments, in the order in which they are made. */
export interface KargEdits {
  readonly remove: readonly string[];
  readonly append: readonly string[];
  /** `KEY=OLD=NEW` each. */
  readonly replace: readonly string[];
}

/**
 * Kernel arguments with these changes: each argument is compared as a whole, and quotes mean nothing.
 * One to remove or replace that is not there is no error. Throws `InputError` for one that cannot be.
 */
export function editKargs(kargs: string, { remove, append, replace }: KargEdits): string {
  for (const karg of [...remove, ...append, ...replace]) requirePlain(karg);
  let text = ` ${kargs} `;
  for (const karg of remove) text = exchanged(text, karg.trim(), '');
  for (const karg of append) text += `${karg.trim()} `;
  for (const change of replace) {
    const { old, by } = parseReplacement(change.trim());
    text = exchanged(text, old, by);
  }
  return text.trim();
}

/** Each is between two spaces; neighbours share one. */
function exchanged(text: string, old: string, by: string): string {
  const wanted = ` ${old} `;
  let result = '';
  let at = 0;
  for (let found: number; ; at = found + wanted.length - 1) {
    found = text.indexOf(wanted, at);
    if (found < 0) return result + text.slice(at);
    result += text.slice(at, found) + (by === '' ? '' : ` ${by}`);
  }
}

function parseReplacement(change: string): { old: string; by: string } {
  const [key, old, by, ...more] = change.split('=');
  if (!key || !old || !by || more.length > 0)
    throw invalid(change, 'Wrong input, format should be: KEY=OLD=NEW');
  return { old: `${key}=${old}`, by: `${key}=${by}` };
}

/** The text goes into a boot loader's configuration. */
export function requirePlain(karg: string): void {
  if (karg.trim() === '') throw invalid(karg, 'it is empty');
  if (/\p{Cc}/u.test(karg)) throw invalid(karg, 'it contains a control character');
}

/**
 * For what goes into GRUB's configuration bare: these characters would end the command, start another
 * one, or be taken away. Throws `InputError`.
 */
export function requireLiteral(kargs: readonly string[]): void {
  for (const karg of kargs)
    if (/[{}|&$;<>'"\\]|(^|\s)#/.test(karg))
      throw invalid(karg, 'it contains a character that GRUB interprets');
}

function invalid(karg: string, why: string): InputError {
  return new InputError({
    code: 'customization-invalid',
    failed: `Cannot use the kernel argument '${karg}'`,
    why,
    next: 'Correct it.',
  });
}
