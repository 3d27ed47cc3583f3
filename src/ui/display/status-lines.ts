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
 * Reports the progress of a run to scripts, on a descriptor that they have opened: a line of
 * space-separated words for each event, without any text from the network or the image. See
 * docs/progress.md. `ParameterError` for a descriptor that cannot be written to. A reader that has
 * closed it, or does not read, misses lines; the program never waits for it.
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

/** Opened again, so that writing to it never blocks, whatever others do with the same pipe. */
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
    // A file that was opened for reading only must not be written to, although root could.
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

/** Node has pipes of its own, both ends of which are in this process. */
function isOwnPipe(descriptor: number): boolean {
  const pipe = readlinkSync(`/proc/self/fd/${descriptor}`);
  return readdirSync('/proc/self/fd').some((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === pipe && isForReading(name);
    } catch {
      // The descriptor of the directory itself, which has been closed.
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
