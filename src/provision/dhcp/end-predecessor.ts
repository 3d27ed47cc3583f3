import { readFileSync } from 'node:fs';
import { retryWhile } from '../../system/retry-while.ts';

/**
 * Ends the dnsmasq of an earlier run that was killed: it would have the ports. Its file says which
 * process it is; its command line, whether that number belongs to it still.
 */
export async function endPredecessor(pidFile: string): Promise<void> {
  const pid = Number(attempt(() => readFileSync(pidFile, 'utf8'))?.trim() || Number.NaN);
  const config = pidFile.replace(/pid$/, 'conf');
  const isIts = () =>
    attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      ?.split('\0')
      .includes(`--conf-file=${config}`) === true;
  if (!Number.isSafeInteger(pid) || !isIts()) return;
  process.kill(pid);
  await retryWhile(
    () => {
      if (isIts()) throw new Error(`${pidFile}: process ${pid} does not end`);
    },
    () => true,
  );
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
