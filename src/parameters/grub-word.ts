import { type KernelArgument, parseKernelArguments } from './kernel-cmdline.ts';

/**
 * Characters that are special to GRUB's lexer, and the only reserved words that its grammar does not
 * accept as arguments (grub-core/script/parser.y).
 */
const special = /[{}|&$;<>'\\#*]|^(\[\[|\]\])$/;

/** The argument as the kernel receives it: `name`, or `name=value` without the quotes around it. */
export function received({ name, value }: KernelArgument): string {
  return value === undefined ? name : `${name}=${value}`;
}

/**
 * The argument as a word of a GRUB script: unchanged, if GRUB reads it in the same way. It must not
 * contain control characters.
 */
export function grubWord(argument: KernelArgument): string {
  const { raw } = argument;
  const word = received(argument);
  const closed = raw.split('"').length % 2 === 1;
  if (closed && !special.test(raw) && raw.replaceAll('"', '') === word) return raw;
  if (!/["\\$]/.test(word)) return `"${word}"`;
  if (!word.includes("'")) return `'${word}'`;
  return `"${escaped(word)}"`;
}

/** Within double quotes, a backslash escapes only these in GRUB; before others it is literal. */
export function escaped(text: string): string {
  return text.replaceAll(/["\\$]/g, '\\$&');
}

/** GRUB writes a backslash before quotes and backslashes when it passes arguments to the kernel. */
export function notesOnGrub(text: string): string[] {
  return parseKernelArguments(text)
    .filter((argument) => /["'\\]/.test(received(argument)))
    .map(({ raw }) => `GRUB adds a backslash before quotes and backslashes in ${raw}.`);
}
