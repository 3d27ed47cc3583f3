import { ParameterError } from '../lib/errors.ts';
import { type KernelArgument, parseKernelArguments } from '../parameters/kernel-cmdline.ts';

export interface FirstbootArguments {
  /** Kernel command line text for the network of the first boot. */
  readonly networkKcmdline?: string;
  /** Further kernel command line text for the first boot. */
  readonly extraKcmdline?: string;
}

/** GRUB's lexer holds one word in 8 KiB (YYLMAX) and stops at a longer one. */
const lineLimitBytes = 8000;

/** What images of every generation hand to the kernel on the first boot. */
const variable = 'ignition_network_kcmdline';

/**
 * The content of `ignition.firstboot`, which GRUB sources: empty, or a `set` line.
 *
 * Images of 2019 have a second variable for what is no network argument, `ignition_extra_kcmdline`;
 * today's do not read it. So all stands in the one that both read. The image has set that to its
 * own default (`rd.neednet=1 ip=dhcp`, or nothing), which goes on counting where no network
 * argument replaces it.
 *
 * GRUB reads the text twice. Sourcing the file takes one level of quoting off; then `blscfg` pastes
 * the variable into the `linux` line of the entry, which is parsed as script again. Plain
 * arguments need no quotes for that, and stand in the file as they came; the others are quoted so
 * that the kernel gets the words that it would have made of the text itself.
 */
export function firstbootScript({ networkKcmdline, extraKcmdline }: FirstbootArguments): string {
  const network = scriptWords(networkKcmdline);
  const extra = scriptWords(extraKcmdline);
  if (network.length + extra.length === 0) return '';
  const own = network.length === 0 ? [`$${variable}`] : [];
  const words = [...own, ...[...network, ...extra].map(escaped)];
  const line = `set ${variable}="${words.join(' ')}"\n`;
  if (Buffer.byteLength(line) > lineLimitBytes) throw refused('they are longer than GRUB accepts');
  return line;
}

function scriptWords(text = ''): string[] {
  if (/[^\P{Cc}\t]/u.test(text)) throw refused('they hold control characters or line breaks');
  return parseKernelArguments(text).map(scriptWord);
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
    code: 'invalid-first-boot-arguments',
    failed: 'Cannot keep the kernel arguments for the first boot',
    why,
    next: 'Correct them in /tmp/networking_opts, in /tmp/additional_opts, or on the kernel command line.',
  });
}
