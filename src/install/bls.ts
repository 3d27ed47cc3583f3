import { bootWords } from './boot-words.ts';

/** A line ends with \n alone; a \r before that is a blank. */
const optionsLine = /(?<![^\n])([ \t]*options)(?=[ \t\r\n]|$)([^\n]*)/g;

const name = 'ignition.platform.id';

/**
 * Sets `ignition.platform.id=` in a boot loader entry (Boot Loader Specification, type 1). The
 * first one in the `options` lines is replaced, further ones are taken out; where there is none it
 * is appended to the first `options` line, or as a line of its own. All else stays as it is.
 * `platformId` must have been checked: plain characters only.
 */
export function withPlatformId(entry: string, platformId: string): string {
  const argument = `${name}=${platformId}`;
  let placed = false;
  const replaced = changeOptions(entry, (line) =>
    changeWords(line, (blanks) => {
      const text = placed ? '' : `${blanks}${argument}`;
      placed = true;
      return text;
    }),
  );
  if (placed) return replaced;
  let appended = false;
  const extended = changeOptions(entry, (line) => {
    const text = appended ? line : append(line, argument);
    appended = true;
    return text;
  });
  if (appended) return extended;
  const lineEnd = entry.includes('\r\n') ? '\r\n' : '\n';
  const separator = entry === '' || entry.endsWith('\n') ? '' : lineEnd;
  return `${entry}${separator}options ${argument}${lineEnd}`;
}

/** What stands behind `options`, of all such lines. */
export function optionsOf(entry: string): string {
  return [...entry.matchAll(optionsLine)].map(([, , line = '']) => line.trim()).join(' ');
}

function changeOptions(entry: string, change: (line: string) => string): string {
  return entry.replaceAll(optionsLine, (_, key: string, line: string) => key + change(line));
}

/** Replaces each word that sets the platform, together with the blanks before it. */
function changeWords(line: string, change: (blanks: string) => string): string {
  let text = '';
  let end = 0;
  for (const word of bootWords(line)) {
    const blanks = line.slice(end, word.start);
    const isPlatform = word.text === name || word.text.startsWith(`${name}=`);
    text += isPlatform ? change(blanks) : blanks + line.slice(word.start, word.end);
    end = word.end;
  }
  return text + line.slice(end);
}

/** Behind the last word; in front where a quote is left open there, which would swallow it. */
function append(line: string, argument: string): string {
  const last = bootWords(line).at(-1);
  const at = last === undefined || last.isOpen ? 0 : last.end;
  return `${line.slice(0, at)} ${argument}${line.slice(at)}`;
}
