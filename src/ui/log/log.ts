import { cpus, release, totalmem } from 'node:os';
import { maskUrl } from '../../lib/mask-url.ts';
import { version } from '../../lib/version.ts';
import { dueEvery } from '../at-most-every.ts';
import type { Display, InstallEvent } from '../display/events.ts';
import { dataOf } from '../display/json.ts';
import { Meter } from '../meter.ts';
import { presentableJson, warn } from '../output.ts';
import { type LogSink, openLogFile } from './log-file.ts';
import { traceInto } from './trace.ts';

const progressIntervalMs = 5000;

/**
 * Writes a line for each event: time, kind, and the rest as JSON. Secrets in URLs are masked. With
 * `debug` also each program that is run and each HTTP request.
 */
export function logDisplay(sink: LogSink, { debug }: { readonly debug: boolean }): Display {
  const meter = new Meter();
  const due = dueEvery(progressIntervalMs);
  const write = (kind: string, data: object) => {
    sink.write(`${new Date().toISOString()} ${kind} ${presentableJson(data)}`);
  };
  write('run', situation());
  const tracing = debug ? traceInto(write) : undefined;
  return {
    show(event) {
      if (event.event === 'progress') {
        const nowMs = performance.now();
        meter.update(event.progress, nowMs);
        if (!due(nowMs)) return;
      }
      const { event: kind, ...data } = dataOf(event, meter);
      write(kind, { ...data, ...causeOf(event) });
    },
    [Symbol.dispose]() {
      tracing?.[Symbol.dispose]();
      sink[Symbol.dispose]();
    },
  };
}

/** What a bug report must say about the machine. */
function situation() {
  return {
    installer: version,
    command: process.argv.slice(2).map(withoutPassword),
    user: process.geteuid?.(),
    ...{ node: process.versions.node, kernel: release(), machine: process.arch },
    ...{ processors: cpus().length, memoryBytes: totalmem() },
    ...{ term: process.env['TERM'], lang: process.env['LC_ALL'] ?? process.env['LANG'] },
  };
}

/** Masks a whole argument: a mistyped URL may not be recognized within a text. */
function withoutPassword(word: string): string {
  const [, option = '', value = ''] = /^(--[\w-]+=)?(.*)$/s.exec(word) ?? [];
  return option + maskUrl(value);
}

/** The stack traces of a failure and of its causes. */
function causeOf(event: InstallEvent): object {
  const stacks = event.event === 'failed' ? stacksOf(event.cause) : [];
  return stacks.length > 0 ? { cause: stacks } : {};
}

/** Of what failed first, then of what failed during the clean-up. */
function stacksOf(error: unknown): string[] {
  if (error instanceof SuppressedError)
    return [...stacksOf(error.suppressed), ...stacksOf(error.error)];
  if (!(error instanceof Error)) return [];
  return [...(error.stack ?? '').split('\n'), ...stacksOf(error.cause)];
}

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
