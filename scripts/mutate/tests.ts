import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { startPart } from '../lib/run-part.ts';
import { type Copy, nodeOf } from './copy.ts';

/** Which tests to run: those that import a file, or some by name. */
export type Which = { readonly related: string } | { readonly files: readonly string[] };

export interface TestRun {
  readonly outcome: 'passed' | 'failed' | 'timeout';
  /** The files that failed; none if the failure belongs to no file. */
  readonly failedFiles: readonly string[];
}

export interface TestRunOptions {
  readonly copy: Copy;
  readonly project: 'unit' | 'loop';
  readonly which: Which;
  /** Test files to leave out. */
  readonly without: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * In its own PID namespace, so that all processes end with it, and in its own mount namespace, so that no
 * mount remains. Files in /var/tmp stay in the copy. Needs root.
 */
const isolated = [
  ...['unshare', '--mount', '--propagation', 'private'],
  ...['--pid', '--fork', '--kill-child', '--mount-proc'],
  ...['sh', '-euc', 'mount --bind "$TMPDIR" /var/tmp; "$@"', 'sh'],
];

/** What a process of a test takes when it never ends: no test comes near it. */
const processorSeconds = 60;

/** Runs tests in a copy until the first fails. Throws the signal's reason once aborted. */
export async function runTests(options: TestRunOptions): Promise<TestRun> {
  const { copy, project, which, without, timeoutMs, signal } = options;
  signal.throwIfAborted();
  const report = join(copy.temporary, `${project}.json`);
  const vitest = 'node_modules/vitest/vitest.mjs';
  const filter = 'related' in which ? ['related', which.related] : ['run', ...which.files];
  const command = [
    ...['env', `TMPDIR=${copy.temporary}`, ...(process.getuid?.() === 0 ? isolated : [])],
    ...['sh', '-euc', `ulimit -t ${processorSeconds}; exec "$@"`, 'sh'],
    ...[nodeOf(copy.root), vitest, ...filter],
    ...['--run', '--project', project, '--bail', '1', '--maxWorkers', '1', '--passWithNoTests'],
    // The limit of processor time is for one file.
    '--isolate',
    ...['--reporter', 'json', '--outputFile', report],
    ...without.flatMap((file) => ['--exclude', file]),
  ];
  const part = startPart(
    { name: project, command },
    { root: copy.root, directory: join(copy.temporary, 'log'), timeoutMs, termMs: 0 },
  );
  const onAbort = () => part.end('interrupted');
  signal.addEventListener('abort', onAbort, { once: true });
  const { fault } = await part.outcome;
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
  if (fault === undefined) return { outcome: 'passed', failedFiles: [] };
  if (!fault.startsWith('exit code')) return { outcome: 'timeout', failedFiles: [] };
  return { outcome: 'failed', failedFiles: failedIn(report, copy.root) };
}

function failedIn(report: string, root: string): string[] {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { name: string; status: string }[];
    };
    const failed = testResults.filter(({ status }) => status === 'failed');
    return failed.map(({ name }) => relative(root, name));
  } catch {
    return [];
  }
}

/** Whether a copy passes the compiler's check. */
export async function typesAreSound(copy: Copy, signal: AbortSignal): Promise<boolean> {
  const command = [nodeOf(copy.root), 'node_modules/typescript/bin/tsc', '--noEmit'];
  const part = startPart(
    { name: 'types', command },
    { root: copy.root, directory: join(copy.temporary, 'log'), timeoutMs: 300_000, termMs: 0 },
  );
  const { fault } = await part.outcome;
  signal.throwIfAborted();
  return fault === undefined;
}
