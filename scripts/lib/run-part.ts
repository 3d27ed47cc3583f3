import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import type { Part } from './test-parts.ts';
import { minutes, type Outcome, parseFailures, parseTotals } from './test-report.ts';

/** A running part. */
export interface RunningPart {
  readonly name: string;
  readonly startedMs: number;
  /** The file with its output. */
  readonly log: string;
  readonly outcome: Promise<Outcome>;
  /** Ends it, with everything that it has started; its outcome then has this reason. */
  end(why: string): void;
}

export interface PartOptions {
  root: string;
  directory: string;
  timeoutMs?: number;
  /** How long it may clean up when it is ended. */
  termMs?: number;
}

/** All scenarios in virtual machines, emulated on two processors, take more than an hour. */
const longestMs = 3 * 60 * 60_000;

/**
 * Starts a part in `root`. Its output goes to `NAME.log` in `directory`, and the totals of its tests to
 * `NAME.totals`. It has no standard input, and is ended after `timeoutMs`.
 */
export function startPart(part: Part, options: PartOptions): RunningPart {
  const { root, directory, timeoutMs = longestMs, termMs = 10_000 } = options;
  const { name } = part;
  const [program = '', ...args] = part.command;
  mkdirSync(directory, { recursive: true });
  const log = join(directory, `${name}.log`);
  const totalsFile = join(directory, `${name}.totals`);
  rmSync(totalsFile, { force: true });
  const output = openSync(log, 'w');
  const startedMs = performance.now();
  const child = spawn(program, args, {
    cwd: root,
    env: { ...withoutMake(process.env), TOTALS_FILE: totalsFile },
    stdio: ['ignore', output, output],
    // In its own process group.
    detached: true,
  });
  closeSync(output);
  if (part.niceness !== undefined && child.pid !== undefined) {
    setPriority(child.pid, part.niceness);
  }
  const kill = (signal: 'SIGTERM' | 'SIGKILL') => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // All processes have already ended.
    }
  };
  let whyEnded: string | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const end = (why: string) => {
    whyEnded ??= why;
    kill('SIGTERM');
    killTimer ??= setTimeout(() => kill('SIGKILL'), termMs);
  };
  const timer = setTimeout(() => end(`takes longer than ${minutes(timeoutMs)}`), timeoutMs);
  const finish = (result: string | undefined): Outcome => {
    clearTimeout(timer);
    clearTimeout(killTimer);
    if (whyEnded !== undefined) kill('SIGKILL');
    const tookMs = performance.now() - startedMs;
    const text = textOf(totalsFile);
    const [totals, failures] = [parseTotals(text), parseFailures(text)];
    return { name, fault: whyEnded ?? result, tookMs, totals, failures };
  };
  const outcome = once(child, 'exit').then(
    ([code, signal]) => finish(code === 0 ? undefined : `exit code ${code ?? signal}`),
    (error: Error) => finish(error.message),
  );
  return { name, startedMs, log, outcome, end };
}

/** The last lines of a log that are not empty. */
export function tailOf(log: string, count: number): string {
  return textOf(log)
    .replaceAll('\r', '\n')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The environment without the variables of a make under which this runs. */
function withoutMake(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { MAKEFLAGS, MFLAGS, MAKELEVEL, ...rest } = env;
  return rest;
}
