import { UnitReader } from './unit-reader.ts';

/** The longest line of a unit, in bytes, that Ignition reads. */
const longestLineBytes = 2047;

/**
 * What is wrong with a unit or drop-in as Ignition reads it before systemd does: sections in
 * brackets, `Name=value` below them, values and comments that continue where a line ends with a
 * backslash. What is before the first section is ignored.
 */
export function unitFault(contents: string): string | undefined {
  const reader = new UnitReader(contents);
  const steps = readSteps(reader);
  for (;;) {
    const { done, value } = steps.next();
    const isTooLong = !done && reader.hasLineOf(longestLineBytes + 1);
    const fault = isTooLong ? `is longer than ${longestLineBytes} bytes` : value;
    if (fault !== undefined) return `line ${reader.lineNumber} of the unit ${fault}`;
    if (done) return undefined;
  }
}

/**
 * The steps in which go-systemd reads a unit; before each it looks for a line that is too long.
 * Returns what is wrong with the line that it has come to.
 */
function* readSteps(reader: UnitReader): Generator<undefined, string | undefined> {
  let inSection = false;
  let before = '';
  while (!reader.ended) {
    yield;
    if (reader.next === '[') {
      reader.skip(1);
      yield;
      const end = reader.restOfLine.indexOf(']');
      if (end < 0) return 'has a [ without a ]';
      reader.skip(end + 1);
      yield;
      if (!reader.restIsSpace) return 'has something after the section’s name';
      reader.skipLine();
      inSection = true;
    } else if (/[#;]/.test(reader.next)) {
      reader.skip(1);
      yield;
      // Of a comment, unlike a value, one space may follow the backslash.
      do before = reader.skipLine();
      while (/\\ ?\n$/.test(before));
    } else if (!inSection) {
      reader.skipCharacter();
    } else if (!reader.skipSpace()) {
      reader.read(1);
      yield;
      const length = /^[^=\r\n]*=/.exec(reader.restOfLine)?.[0].length;
      if (length === undefined)
        return `is neither a [Section] nor Name=value${/\\[ \t\r]+\n$/.test(before) ? notContinued : ''}`;
      for (let index = 0; index < length; index += 1) reader.skip(1);
      do {
        yield;
        before = reader.skipLine();
      } while (before.endsWith('\\\n'));
    }
  }
  return undefined;
}

const notContinued =
  ', and does not continue the line before it: a space or a carriage return follows the backslash there';

/** Whether `[Install]` says anything: without it, a unit cannot be enabled. */
export function hasInstallSection(contents: string): boolean {
  let isInstall = false;
  return contents.split('\n').some((line) => {
    const text = line.trim();
    if (text.startsWith('[')) isInstall = text === '[Install]';
    return isInstall && /^[^#;[]/.test(text);
  });
}

/** Whether something is before the first section, which systemd ignores. */
export function hasLinesOutsideSections(contents: string): boolean {
  const first = contents.split('\n').find((line) => !/^\s*([#;].*)?$/.test(line));
  return first !== undefined && !/^\s*\[/.test(first);
}
