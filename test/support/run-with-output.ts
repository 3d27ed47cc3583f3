import { join } from 'node:path';
import { execa } from 'execa';

const main = join(import.meta.dirname, '../../src/main.ts');

/** How much a limited file can have: that is the unit of bash's ulimit. */
export const limitBytes = 1024;

/** Runs the program from source, with its output in a file, which may be limited as by a full disk. */
export async function runWithOutput(
  path: string,
  args: readonly string[],
  { isLimited = false }: { readonly isLimited?: boolean } = {},
) {
  const script = `${isLimited ? 'ulimit -f 1; ' : ''}exec "$@" > "$0"`;
  const words = ['-c', script, path, process.execPath, main, ...args];
  const { stderr, exitCode } = await execa('bash', words, {
    reject: false,
    stripFinalNewline: false,
  });
  return { stderr, exitCode };
}
