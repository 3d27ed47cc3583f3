import { ParameterError } from '../lib/errors.ts';
import { escaped, grubWord, received } from '../parameters/grub-word.ts';
import { parseKernelArguments } from '../parameters/kernel-cmdline.ts';

export interface FirstbootArguments {
  /** Kernel command line text for the network of the first boot. */
  readonly networkKcmdline?: string;
  /** Further kernel command line text for the first boot. */
  readonly extraKcmdline?: string;
}

/** GRUB's lexer has a buffer of 8 KiB for a word (YYLMAX) and fails on a longer one. */
const lineLimitBytes = 8000;

/** The variable that images of every generation pass to the kernel on the first boot. */
const variable = 'ignition_network_kcmdline';

/**
 * The content of `ignition.firstboot`, which GRUB sources: empty, or a `set` line.
 *
 * Images of 2019 have a second variable for other arguments, `ignition_extra_kcmdline`; current ones
 * do not read it. Therefore all arguments go to the variable that both read. The image has set it to
 * its own default (`rd.neednet=1 ip=dhcp`, or nothing), which stays in effect where no network
 * argument replaces it.
 *
 * GRUB parses the text twice. Sourcing the file removes one level of quoting; then `blscfg` inserts
 * the variable into the `linux` line of the entry, which is parsed as a script again. Plain arguments
 * need no quotes for that, and are written unchanged; the others are quoted so that the kernel gets
 * the words into which it would have split the text itself.
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
  if (/[^\P{Cc}\t]/u.test(text)) throw refused('they contain control characters or line breaks');
  const given = parseKernelArguments(text);
  if (given.some((argument) => received(argument).includes('\t')))
    throw refused('one of them contains a tab');
  return given.map(grubWord);
}

function refused(why: string): ParameterError {
  return new ParameterError({
    code: 'invalid-first-boot-arguments',
    failed: 'Cannot store the kernel arguments for the first boot',
    why,
    next: 'Correct them in /tmp/networking_opts, in /tmp/additional_opts, or on the kernel command line.',
  });
}
