import { ExecaError } from 'execa';

/**
 * Runs a script. An error is printed on one line, without the stack trace, and the exit code is 1.
 * `DEBUG=1` shows the stack trace.
 */
export async function withOneLineErrors(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = 1;
    console.error(process.env['DEBUG'] ? error : `\n${what} failed: ${reasonOf(error)}`);
  }
}

/** For a command that failed: its command line, its exit code or signal, and its last line on standard error. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof ExecaError)) return error.message;
  const said = String(error.stderr ?? '')
    .trimEnd()
    .split('\n')
    .at(-1);
  return [error.shortMessage.split('\n')[0], said].filter((part) => part).join(': ');
}
