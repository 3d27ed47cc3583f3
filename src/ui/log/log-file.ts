import { closeSync, constants, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs';
import { ParameterError } from '../../lib/errors.ts';
import { cautiously, foreignFile, noFileByError } from '../../lib/own-file.ts';

/** Where the lines of a log go. */
export interface LogSink extends Disposable {
  write(line: string): void;
}

/**
 * Opens a log for its owner only (0600), and appends to an existing one. Throws a `ParameterError`
 * where it cannot be written, or where another user has put something in its place. A later write
 * error, such as a full disk, is reported once, by `onTrouble`, and does not stop the installation.
 */
export function openLogFile(path: string, onTrouble: (text: string) => void): LogSink {
  const file = open(path);
  let broken = false;
  return {
    write(line) {
      if (broken) return;
      try {
        const bytes = Buffer.from(`${line}\n`);
        // After a partial write, the next one takes the rest or fails with the reason.
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
        // On a network file system, closing reports earlier write errors.
        onTrouble(`The log ${path} may be incomplete: ${(error as Error).message}.`);
      }
    },
  };
}

function open(path: string): number {
  const { O_WRONLY, O_CREAT, O_APPEND } = constants;
  let file: number;
  try {
    file = openSync(path, O_WRONLY | O_CREAT | O_APPEND | cautiously, 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const noDirectory = code === 'ENOENT' ? 'there is no such directory' : undefined;
    throw cannot(path, noFileByError(error as Error) ?? noDirectory ?? message, error);
  }
  const wrong = foreignFile(fstatSync(file), [process.geteuid?.() ?? 0]);
  if (wrong === undefined) fchmodSync(file, 0o600);
  else closeSync(file);
  if (wrong !== undefined) throw cannot(path, wrong);
  return file;
}

function cannot(path: string, why: string, cause?: unknown): ParameterError {
  const next = 'Give another path with --log-file.';
  const failed = `Cannot write the log ${path}`;
  return new ParameterError({ code: 'log-file-unusable', failed, why, next }, { cause });
}
