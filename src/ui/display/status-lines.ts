import {
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeSync,
} from 'node:fs';
import { ParameterError } from '../../lib/errors.ts';
import { newsOfWaiting } from '../waiting.ts';
import type { Display, InstallEvent } from './events.ts';

/**
 * Tells scripts how the run goes, by a descriptor that they have opened: a line for each event, of
 * words with spaces between, in which nothing comes from elsewhere. See docs/progress.md.
 * `ParameterError` for a descriptor that cannot be written to. A reader that has gone, or does not
 * read, misses what is said meanwhile; nothing waits for it.
 */
export function statusLines(descriptor: number): Display {
  const file = open(descriptor);
  const say = (...words: readonly (string | number)[]) => {
    if (file === undefined) return;
    try {
      writeSync(file, `${words.join(' ')}\n`);
    } catch {
      // Nobody reads, or the pipe is full.
    }
  };
  const sayWaiting = newsOfWaiting(({ code, sinceMs }) =>
    say('waiting', code, Math.floor(sinceMs / 1000)),
  );
  return {
    show(event) {
      if (event.event === 'waiting') return sayWaiting(event.waiting);
      const words = wordsOf(event);
      if (words !== undefined) say(...words);
    },
    [Symbol.dispose]: () => undefined,
  };
}

function wordsOf(event: InstallEvent): readonly (string | number)[] | undefined {
  switch (event.event) {
    case 'step-begins':
      return ['step', event.step];
    case 'planned':
    case 'installed':
      return [event.event];
    case 'failed': {
      const { code, exitCode, disk } = event.failure;
      return ['failed', code, exitCode, disk.state];
    }
    default:
      return undefined;
  }
}

/** Opened anew, so that writing to it never blocks, whatever others do with the same pipe. */
function open(descriptor: number): number | undefined {
  const path = `/proc/self/fd/${descriptor}`;
  const unusable = (why: string, cause?: unknown) =>
    new ParameterError(
      {
        code: 'status-fd-unusable',
        failed: `Cannot write to descriptor ${descriptor} (--status-fd)`,
        why,
        next: `Open a file or a pipe there, as in: ${descriptor}> FILE`,
      },
      { cause },
    );
  let isPipe = false;
  try {
    isPipe = fstatSync(descriptor).isFIFO();
    // What was opened for reading alone is not to be changed, though root could.
    if (isForReading(descriptor)) throw unusable('it is open for reading only');
    if (isPipe && isOwnPipe(descriptor)) throw unusable('it is not open');
    return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof ParameterError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (isPipe && code === 'ENXIO') return undefined;
    throw unusable(code === 'EBADF' ? 'it is not open' : message, error);
  }
}

/** Node has pipes of its own, whose other end is in this process, too. */
function isOwnPipe(descriptor: number): boolean {
  const pipe = readlinkSync(`/proc/self/fd/${descriptor}`);
  return readdirSync('/proc/self/fd').some((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === pipe && isForReading(name);
    } catch {
      // The directory itself, which is closed by now.
      return false;
    }
  });
}

/** The access mode is in the last two bits of the flags, which are octal (proc_pid_fdinfo(5)). */
function isForReading(descriptor: number | string): boolean {
  const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
  const flags = /^flags:\s*(\d+)/m.exec(info)?.[1] ?? '1';
  return (Number.parseInt(flags, 8) & 3) === constants.O_RDONLY;
}
