import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.ts';
import { runProgram } from '../../src/commands/run-program.ts';
import { provision as program } from '../../src/provision/commands/provision-commands.ts';
import { reservePort } from './ports.ts';
import { capture } from './run-here.ts';

/** The program that runs from the sources, with these options of Node. */
export const fromSources = (...options: readonly string[]): [string, ...string[]] => [
  process.execPath,
  ...options,
  join(root, 'src/provision/provision-main.ts'),
];

/** coreos-provision in this process, one at a time, to its end. */
export async function provision(...args: string[]) {
  const stdout = capture(process.stdout);
  const stderr = capture(process.stderr);
  try {
    const exitCode = await runProgram(program, args);
    return { stdout: `${stdout.bytes()}`, stderr: `${stderr.bytes()}`, exitCode };
  } finally {
    stdout.restore();
    stderr.restore();
  }
}

/** `coreos-provision serve` of a directory as a process, at a free port of 127.0.0.1. */
export async function runningServer(
  directory: string,
  {
    args = [],
    env = {},
    cwd,
    port: given,
    program = fromSources(),
  }: {
    args?: readonly string[];
    env?: Record<string, string>;
    /** What `directory` is relative to. */
    cwd?: string;
    /** Of 127.0.0.1, instead of a free one. */
    port?: number;
    /** The packaged one instead of the sources. */
    program?: readonly [string, ...string[]];
  } = {},
) {
  const port = given ?? (await reservePort());
  const [file, ...before] = program;
  const child = spawn(
    file,
    [...before, 'serve', directory, '--listen', `127.0.0.1:${port}`, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, ...(cwd && { cwd }) },
  );
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      output += more;
      for (const listener of listeners) listener();
    });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  /** Resolves when the output has a text. */
  const printed = async (wanted: string): Promise<void> => {
    while (!output.includes(wanted)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      listeners.add(resolve);
      await Promise.race([promise, ended]);
      listeners.delete(resolve);
      if (child.exitCode !== null && !output.includes(wanted))
        throw new Error(`The server ended without “${wanted}”: ${output}`);
    }
  };
  // Then it listens everywhere.
  await printed(' serves ');
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    child,
    output: () => output,
    /** Resolves when the output has a text; everything before is forgotten. */
    async said(wanted: string): Promise<void> {
      await printed(wanted);
      output = output.slice(output.indexOf(wanted) + wanted.length);
    },
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
