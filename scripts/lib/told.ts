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

/** execa's `shortMessage` is the command and what became of it, without all that it has said. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { shortMessage = error.message } = error as { shortMessage?: string };
  return shortMessage;
}
