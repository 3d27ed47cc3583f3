import { closeSync, constants, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs';
import { ParameterError } from '../../lib/errors.ts';

/** Where the lines of a log go. */
export interface LogSink extends Disposable {
  write(line: string): void;
}

/**
 * Opens a log for its owner alone (0600), which is added to when it is there. Throws a
 * `ParameterError` where it cannot be written, or where somebody else has put something in its
 * place. A disk that gets full later is told once, by `onTrouble`, and is no reason to stop.
 */
export function openLogFile(path: string, onTrouble: (text: string) => void): LogSink {
  const file = open(path);
  let broken = false;
  return {
    write(line) {
      if (broken) return;
      try {
        const bytes = Buffer.from(`${line}\n`);
        // What a disk takes a part of, it may take the rest of, or it says why not.
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      } catch (error) {
        broken = true;
        onTrouble(`The log ${path} ends here: ${(error as Error).message}.`);
      }
    },
    [Symbol.dispose]() {
      try {
        closeSync(file);
      } catch (error) {
        // Over a network, this tells of what could not be written before.
        onTrouble(`The log ${path} may be incomplete: ${(error as Error).message}.`);
      }
    },
  };
}

function open(path: string): number {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw cannot(path, kinds[code ?? ''] ?? message, error);
  }
  const stats = fstatSync(file);
  const wrong = !stats.isFile()
    ? 'it is not a regular file'
    : stats.uid !== process.geteuid?.()
      ? `it belongs to user ${stats.uid}`
      : stats.nlink > 1
        ? 'it has another name, too (a hard link)'
        : undefined;
  if (wrong === undefined) fchmodSync(file, 0o600);
  else closeSync(file);
  if (wrong !== undefined) throw cannot(path, wrong);
  return file;
}

/** What opening says of things that are no files. */
const kinds: Readonly<Record<string, string>> = {
  ELOOP: 'it is a symbolic link',
  ENXIO: 'it is not a regular file',
  EISDIR: 'it is a directory',
  ENOENT: 'there is no such directory',
};

function cannot(path: string, why: string, cause?: unknown): ParameterError {
  const next = 'Give another path with --log-file.';
  const failed = `Cannot write the log ${path}`;
  return new ParameterError({ code: 'log-file-unusable', failed, why, next }, { cause });
}
