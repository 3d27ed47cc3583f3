import { once } from 'node:events';
import { execa } from 'execa';

/** Starts a process that holds a network namespace, until the stack is disposed of; its number. */
export async function holdNetwork(stack: AsyncDisposableStack): Promise<number> {
  const child = execa('unshare', ['--net', 'sh', '-c', 'echo; exec sleep 1000000'], {
    reject: false,
    buffer: false,
  });
  stack.defer(async () => {
    child.kill();
    await child;
  });
  await once(child.stdout, 'data');
  return child.pid as number;
}
