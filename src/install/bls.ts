/** A line ends with \n alone; its blanks and \r at the end are left to `changeOptions`. */
const optionsLine = /(?<![^\n])[ \t]*options(?=[ \t\r\n]|$)[^\n]*/g;
const platformArgument =
  /(?<![ \t])([ \t]+)ignition\.platform\.id(?:=[^ \t\r\n]*)?(?=[ \t\r\n]|$)/g;
const blanksAtEnd = /(?<![ \t\r])[ \t\r]+$/;

/**
 * Sets `ignition.platform.id=` in a boot loader entry (Boot Loader Specification, type 1). The
 * first one in the `options` lines is replaced, further ones are taken out; where there is none it
 * is appended to the first `options` line, or as a line of its own. All else stays as it is.
 * `platformId` must have been checked: plain characters only.
 */
export function withPlatformId(entry: string, platformId: string): string {
  const argument = `ignition.platform.id=${platformId}`;
  let placed = false;
  const replaced = changeOptions(entry, (line) =>
    line.replaceAll(platformArgument, (_, blanks: string) => {
      const text = placed ? '' : `${blanks}${argument}`;
      placed = true;
      return text;
    }),
  );
  if (placed) return replaced;
  let appended = false;
  const extended = changeOptions(entry, (line) => {
    const text = appended ? line : `${line} ${argument}`;
    appended = true;
    return text;
  });
  if (appended) return extended;
  const lineEnd = entry.includes('\r\n') ? '\r\n' : '\n';
  const separator = entry === '' || entry.endsWith('\n') ? '' : lineEnd;
  return `${entry}${separator}options ${argument}${lineEnd}`;
}

/** In time that grows with the entry's length only: it comes from an image that is not trusted. */
function changeOptions(entry: string, change: (line: string) => string): string {
  return entry.replaceAll(optionsLine, (line) => {
    const text = line.replace(blanksAtEnd, '');
    return change(text) + line.slice(text.length);
  });
}
