import { ExecaError } from 'execa';

/**
 * Runs a script. What goes wrong is told in a line, without the stack that is of no use to whoever
 * typed `make`, and the exit code is 1. `DEBUG=1` shows the stack.
 */
export async function toldInOneLine(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = 1;
    console.error(process.env['DEBUG'] ? error : `\n${what} failed: ${reasonOf(error)}`);
  }
}

/** Of a command that failed: which one, what became of it, and the last line that it has said. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof ExecaError)) return error.message;
  const said = String(error.stderr ?? '')
    .trimEnd()
    .split('\n')
    .at(-1);
  return [error.shortMessage.split('\n')[0], said].filter((part) => part).join(': ');
}
