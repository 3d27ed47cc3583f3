import { join } from 'node:path';
import { execa } from 'execa';

const main = join(import.meta.dirname, '../../src/main.ts');

export interface RunOptions {
  readonly cwd?: string;
  /** Standard input; default: nothing. */
  readonly input?: string | Uint8Array;
}

/** Runs the program from source. */
export async function runSource(args: readonly string[], { cwd, input = '' }: RunOptions = {}) {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [main, ...args], {
    ...(cwd !== undefined && { cwd }),
    input,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
  });
  return {
    stdout: Buffer.from(stdout),
    text: Buffer.from(stdout).toString(),
    stderr: Buffer.from(stderr).toString(),
    exitCode,
  };
}
