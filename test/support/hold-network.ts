import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { execa } from 'execa';

/**
 * Starts a process that holds a network namespace, until the stack is disposed of: then everything
 * ends that still runs in it, whoever started it. Resolves with its number.
 */
export async function holdNetwork(stack: AsyncDisposableStack): Promise<number> {
  const child = execa('unshare', ['--net', 'sh', '-c', 'echo; exec sleep 1000000'], {
    reject: false,
    buffer: false,
  });
  await once(child.stdout, 'data');
  const pid = child.pid as number;
  stack.defer(async () => {
    for (const one of processesIn(networkOf(pid))) process.kill(one, 'SIGKILL');
    await child;
  });
  return pid;
}

function processesIn(network: string | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => network !== undefined && networkOf(pid) === network);
}

/** Undefined for a process that has ended. */
function networkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
