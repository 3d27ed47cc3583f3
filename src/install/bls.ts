import { bootWords } from './boot-words.ts';

/** Only \n ends a line; a \r before it is whitespace. */
const optionsLine = /(?<![^\n])([ \t]*options)(?=[ \t\r\n]|$)([^\n]*)/g;

const name = 'ignition.platform.id';

/**
 * Sets `ignition.platform.id=` in a boot loader entry (Boot Loader Specification, type 1). The
 * first one in the `options` lines is replaced, further ones are removed. Where there is none it is
 * appended to the first `options` line, or as a new line. Nothing else is changed. `platformId` must
 * have been checked: plain characters only.
 */
export function withPlatformId(entry: string, platformId: string): string {
  const argument = `${name}=${platformId}`;
  let placed = false;
  const replaced = changeOptions(entry, (line) =>
    changeWords(line, (spaces) => {
      const text = placed ? '' : `${spaces}${argument}`;
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

/** The values of all `options` lines. */
export function optionsOf(entry: string): string {
  return [...entry.matchAll(optionsLine)].map(([, , line = '']) => line.trim()).join(' ');
}

function changeOptions(entry: string, change: (line: string) => string): string {
  return entry.replaceAll(optionsLine, (_, key: string, line: string) => key + change(line));
}

/** Replaces each word that sets the platform, together with the whitespace before it. */
function changeWords(line: string, change: (spaces: string) => string): string {
  let text = '';
  let end = 0;
  for (const word of bootWords(line)) {
    const spaces = line.slice(end, word.start);
    const isPlatform = word.text === name || word.text.startsWith(`${name}=`);
    text += isPlatform ? change(spaces) : spaces + line.slice(word.start, word.end);
    end = word.end;
  }
  return text + line.slice(end);
}

/** After the last word; before the first where the last one has an open quote, which would include it. */
function append(line: string, argument: string): string {
  const last = bootWords(line).at(-1);
  const at = last === undefined || last.isOpen ? 0 : last.end;
  return `${line.slice(0, at)} ${argument}${line.slice(at)}`;
}
