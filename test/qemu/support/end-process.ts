import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Ends a process by SIGTERM, and waits until it has ended. One that does not obey within `limitMs` is
 * killed, and that is an error.
 */
export async function endProcess(child: ChildProcess, limitMs = 15_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limitMs);
  await ended;
  clearTimeout(timer);
  if (late)
    throw new Error(
      `${child.spawnargs.join(' ')} did not end within ${limitMs / 1000} s of SIGTERM`,
    );
}
