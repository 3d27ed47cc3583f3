/** A word of a boot loader entry's `options`. */
export interface BootWord {
  /** Where it begins and ends in the text, quotes included. */
  readonly start: number;
  readonly end: number;
  /** As the kernel receives it: without quotes and backslashes. */
  readonly text: string;
  /** Whether the word is incomplete: a double quote is not closed, or a backslash comes last. */
  readonly isOpen: boolean;
}

/**
 * The words of a line. GRUB parses it as a script before the kernel does (`blscfg`): in addition to
 * the kernel's double quotes, single quotes and backslashes quote. A single quote that is not closed
 * is an ordinary character. Takes linear time, as the image is not trusted.
 */
export function bootWords(line: string): BootWord[] {
  const words: BootWord[] = [];
  const lastSingle = line.lastIndexOf("'");
  let quote = '';
  let start = -1;
  let text = '';
  let escapes = false;
  for (let at = 0; at <= line.length; at++) {
    const c = line.charAt(at);
    if (at === line.length || (quote === '' && isSpace(c))) {
      const isOpen = quote !== '' || (at === line.length && escapes);
      if (start >= 0) words.push({ start, end: at, text, isOpen });
      start = -1;
      continue;
    }
    if (start < 0) [start, text] = [at, ''];
    const next = line.charAt(at + 1);
    if (c === quote) quote = '';
    else if (quote === '' && (c === '"' || (c === "'" && at < lastSingle))) quote = c;
    else if (c === '\\' && next !== '' && (quote === '' || (quote === '"' && /["\\$]/.test(next))))
      text += line.charAt(++at);
    else text += c;
    escapes = c === '\\' && next === '';
  }
  return words;
}

const isSpace = (c: string) => c === ' ' || c === '\t' || c === '\r';
