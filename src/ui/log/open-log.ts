import type { Display } from '../display/events.ts';
import { warn } from '../output.ts';
import { logDisplay } from './log.ts';
import { type LogSink, openLogFile } from './log-file.ts';

export interface LogOptions {
  readonly logFile?: string;
  readonly debug?: boolean;
}

/** The log that was asked for: in a file, or with `--debug` alone on standard error. */
export function openLog({ logFile, debug = false }: LogOptions): Display {
  const sink = logFile === undefined ? standardError : openLogFile(logFile, warnOf);
  return logDisplay(sink, { debug });
}

const warnOf = (text: string) => warn(`Warning: ${text}`);

const standardError: LogSink = { write: warn, [Symbol.dispose]: () => undefined };
