import { ParameterError } from '../errors.ts';
import { type KernelArgument, parseKernelArguments } from '../parameters/kernel-cmdline.ts';

export interface FirstbootArguments {
  /** Kernel command line text for the network of the first boot. */
  readonly networkKcmdline?: string;
  /** Further kernel command line text for the first boot. */
  readonly extraKcmdline?: string;
}

/** GRUB's lexer holds one word in 8 KiB (YYLMAX) and stops at a longer one. */
const lineLimitBytes = 8000;

/**
 * The content of `ignition.firstboot`, which GRUB sources: empty, or a `set` line for each text.
 *
 * GRUB reads the text twice. Sourcing the file takes one level of quoting off; then `blscfg` pastes
 * the variable into the `linux` line of the entry, which is parsed as script again. Plain
 * arguments need no quotes for that, and stand in the file as they came; the others are quoted so
 * that the kernel gets the words that it would have made of the text itself.
 */
export function firstbootScript({ networkKcmdline, extraKcmdline }: FirstbootArguments): string {
  return (
    setLine('ignition_network_kcmdline', networkKcmdline) +
    setLine('ignition_extra_kcmdline', extraKcmdline)
  );
}

function setLine(variable: string, text = ''): string {
  if (/[^\P{Cc}\t]/u.test(text)) throw refused('they hold control characters or line breaks');
  const words = parseKernelArguments(text).map(scriptWord);
  if (words.length === 0) return '';
  const line = `set ${variable}="${escaped(words.join(' '))}"\n`;
  if (Buffer.byteLength(line) > lineLimitBytes) throw refused('they are longer than GRUB accepts');
  return line;
}

/**
 * Characters that GRUB's lexer minds, and the only ones of its reserved words that its grammar
 * takes for no argument (grub-core/script/parser.y).
 */
const special = /[{}|&$;<>'\\#*]|^(\[\[|\]\])$/;

/** The argument as a word of GRUB script: as it was written, wherever GRUB reads it alike. */
function scriptWord({ name, value, raw }: KernelArgument): string {
  const word = value === undefined ? name : `${name}=${value}`;
  if (word.includes('\t')) throw refused('one of them holds a tab');
  const closed = raw.split('"').length % 2 === 1;
  if (closed && !special.test(raw) && raw.replaceAll('"', '') === word) return raw;
  if (!/["\\$]/.test(word)) return `"${word}"`;
  if (!word.includes("'")) return `'${word}'`;
  return `"${escaped(word)}"`;
}

/** Within double quotes GRUB minds only these; elsewhere in them a backslash is a backslash. */
function escaped(text: string): string {
  return text.replaceAll(/["\\$]/g, '\\$&');
}

function refused(why: string): ParameterError {
  return new ParameterError({
    failed: 'Cannot keep the kernel arguments for the first boot',
    why,
    next: 'Correct them in /tmp/networking_opts or on the kernel command line.',
  });
}
