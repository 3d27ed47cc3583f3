import { readlinkSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the locale uses UTF-8, and the terminal is not the kernel's own with its few glyphs. */
export function speaksUnicode(env: Environment = process.env): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale) && env['TERM'] !== 'linux';
}

/** Whether the cursor can be moved, so that a line can be redrawn. */
export function canRedraw(stream: NodeJS.WriteStream, env: Environment = process.env): boolean {
  const term = env['TERM'] ?? '';
  return stream.isTTY === true && term !== '' && term !== 'dumb';
}

/** A serial line reports a size of 0 by 0; nearly all are 80 by 24. */
export function assumeSize(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return;
  stream.columns ||= 80;
  stream.rows ||= 24;
}

/** Whether standard output is a serial line or the system's console: slow, and often recorded. */
export function isSerial(path = terminalPath()): boolean {
  return /^\/dev\/(tty(S|AMA|USB|ACM|PS|mxc|LP|sclp)|hvc|console)/.test(path);
}

function terminalPath(): string {
  try {
    return readlinkSync('/proc/self/fd/1');
  } catch {
    return '';
  }
}
