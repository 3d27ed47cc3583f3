/** The longest line of a unit, in bytes, that Ignition reads. */
const longestLineBytes = 2047;

/**
 * What is wrong with a unit or drop-in as Ignition reads it before systemd does: sections in
 * brackets, `Name=value` below them, values and comments that continue where a line ends with a
 * backslash. What is before the first section is ignored.
 */
export function unitFault(contents: string): string | undefined {
  const lines = contents.split('\n');
  const long = lines.findIndex((line) => Buffer.byteLength(line) > longestLineBytes);
  if (long >= 0) return at(long, `is longer than ${longestLineBytes} bytes`);
  let inSection = false;
  for (let index = 0; index < lines.length; index += 1) {
    const line = (inSection ? lines[index] : lines[index]?.replace(/^[^[#;]+/, ''))?.trim() ?? '';
    if (line === '') continue;
    if (line.startsWith('[')) {
      const end = line.indexOf(']');
      if (end < 0) return at(index, 'has a [ without a ]');
      if (end < line.length - 1) return at(index, 'has something after the section’s name');
      inSection = true;
    } else {
      if (!/^[#;]|=/.test(line)) return at(index, 'is neither a [Section] nor Name=value');
      while (lines[index]?.trimEnd().endsWith('\\')) index += 1;
    }
  }
  return undefined;
}

const at = (index: number, what: string) => `line ${index + 1} of the unit ${what}`;

/** Whether `[Install]` says anything: without it, a unit cannot be enabled. */
export function hasInstallSection(contents: string): boolean {
  return /^\s*\[Install\]\s*\n(?!\s*\[)\s*[^\s#;[]/m.test(`${contents}\n`);
}

/** Whether something is before the first section, which systemd ignores. */
export function hasLinesOutsideSections(contents: string): boolean {
  const first = contents.split('\n').find((line) => !/^\s*([#;].*)?$/.test(line));
  return first !== undefined && !/^\s*\[/.test(first);
}
