import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { WriteError } from '../lib/errors.ts';
import { type Tool, toolDirectories, toolPath } from './tools.ts';

const timeoutMs = 120_000;
const maxOutputBytes = 4 * 1024 * 1024;

/**
 * A tool gets nothing of our environment, and no signal that a terminal sends to all its programs
 * (Ctrl-C, hangup): it is ended by us. All paths among its arguments are absolute: our working
 * directory may be gone, or hidden by a mount.
 */
const environment = {
  detached: true,
  cwd: '/',
  env: { LC_ALL: 'C', PATH: toolDirectories.join(':') },
  extendEnv: false,
} as const;

/** Each tool that has run is published there as a `ToolRun`: a log may listen (node:diagnostics_channel). */
export const toolChannel = 'coreos-installer:tool';
const ran = channel(toolChannel);

export interface ToolRun {
  readonly command: readonly string[];
  readonly elapsedMs: number;
  readonly exitCode: number | undefined;
  readonly stderr: string;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Besides the two variables that every tool gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes, other than 0, that are an answer and not a failure. */
  readonly allowExitCodes?: readonly number[];
}

export interface Output {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tool ran and failed. `said` are its own words in one line, without a final full stop. */
export class CommandError extends WriteError {
  constructor(tool: Tool, said: string, options?: ErrorOptions) {
    super(
      {
        code: 'tool-failed',
        failed: `Cannot continue without ${tool}`,
        why: `it failed: ${said}`,
        next: `Check this system’s ${tool}, and the kernel log (dmesg).`,
      },
      options,
    );
  }
}

/**
 * Runs a tool to its end: absolute path, no shell, an environment of two variables, a time limit.
 * Throws `CommandError` with what it said, or the signal's reason once aborted.
 */
export async function run(
  tool: Tool,
  args: readonly string[],
  { signal, input, env, allowExitCodes = [] }: RunOptions = {},
): Promise<Output> {
  signal?.throwIfAborted();
  const path = toolPath(tool);
  const result = await execa(path, args, {
    ...environment,
    env: { ...environment.env, ...env },
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(signal ? { cancelSignal: signal } : {}),
    timeout: timeoutMs,
    maxBuffer: maxOutputBytes,
    reject: false,
  });
  publish([path, ...args], result);
  if (result.isCanceled) throw signal?.reason;
  const { exitCode, stdout, stderr } = result;
  if (exitCode === 0 || (exitCode !== undefined && allowExitCodes.includes(exitCode))) {
    return { exitCode, stdout, stderr };
  }
  throw new CommandError(tool, explain(result), { cause: result });
}

interface Result {
  readonly durationMs: number;
  readonly exitCode?: number | undefined;
  readonly stderr: string;
}

function publish(command: readonly string[], { durationMs, exitCode, stderr }: Result): void {
  const run: ToolRun = { command, elapsedMs: Math.round(durationMs), exitCode, stderr };
  ran.publish(run);
}

/** A tool that is given its input piece by piece. Disposing kills it. */
export interface FedTool extends AsyncDisposable {
  /**
   * Takes bytes; they may be used again when the promise settles. Never rejects: why a tool ended
   * early is reported by `end`.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** No more input: waits for the tool's end, whatever its exit code. Throws as `run` does. */
  end(): Promise<Output>;
}

/** Starts a tool as `run` does; its standard input may come for as long as the caller needs. */
export function feed(tool: Tool, args: readonly string[], signal: AbortSignal): FedTool {
  signal.throwIfAborted();
  const path = toolPath(tool);
  const child = execa(path, args, {
    ...environment,
    stdin: 'pipe',
    cancelSignal: signal,
    maxBuffer: maxOutputBytes,
    reject: false,
  });
  return {
    write: (bytes) => new Promise((resolve) => child.stdin.write(bytes, () => resolve())),
    async end() {
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      child.stdin.end();
      const result = await child;
      clearTimeout(timer);
      publish([path, ...args], result);
      if (result.isCanceled) throw signal.reason;
      const { exitCode, stdout, stderr } = result;
      if (exitCode === undefined) throw new CommandError(tool, explain(result), { cause: result });
      return { exitCode, stdout, stderr };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child;
    },
  };
}

/**
 * Gives a tool bytes piece by piece, and passes on what it makes of them, for as long as the caller needs.
 * Throws what `input` throws, and after the last bytes as `run` does; a reader that stops ends the tool.
 */
export async function* filter(
  tool: Tool,
  args: readonly string[],
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const path = toolPath(tool);
  let inputFailure: { readonly error: unknown } | undefined;
  async function* watched() {
    try {
      yield* input;
    } catch (error) {
      inputFailure = { error };
      throw error;
    }
  }
  const child = execa(path, args, {
    ...environment,
    stdin: watched(),
    buffer: { stdout: false },
    cancelSignal: signal,
    reject: false,
  });
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    const result = await child;
    publish([path, ...args], result);
    if (result.isCanceled) throw signal.reason;
    // The tool has failed as well: its input ended early.
    if (inputFailure !== undefined) throw inputFailure.error;
    if (result.failed) throw new CommandError(tool, explain(result), { cause: result });
  } finally {
    child.kill('SIGKILL');
    await child;
  }
}

/**
 * Runs a server as `run` runs a tool, until it ends by itself or by `signal`: SIGTERM, then SIGKILL after 5
 * seconds. `onLine` gets each line that it logs to standard error. Resolves with its last words.
 */
export async function follow(
  tool: Tool,
  args: readonly string[],
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const path = toolPath(tool);
  const child = execa(path, args, {
    ...environment,
    stdin: 'ignore',
    stdout: 'ignore',
    buffer: false,
    cancelSignal: signal,
    reject: false,
  });
  let stderr = '';
  const lines = createInterface(child.stderr).on('line', (line) => {
    stderr = line;
    onLine(line);
  });
  const allRead = once(lines, 'close');
  const result = await child;
  await allRead;
  publish([path, ...args], { ...result, stderr });
  // Killed, it has no last words.
  return explain({ ...result, stderr: result.signal ? '' : stderr });
}

function explain(result: {
  readonly timedOut: boolean;
  readonly stderr: string;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly originalMessage?: string | undefined;
}): string {
  if (result.timedOut) return `timed out after ${timeoutMs / 1000} seconds`;
  const said = result.stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('; ');
  if (said) return said.replace(/\.$/, '');
  if (result.signal) return `killed by ${result.signal}`;
  if (result.exitCode !== undefined) return `exit code ${result.exitCode}`;
  return result.originalMessage ?? 'could not be started';
}
