import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Waits for the end of its standard input, and then ends everything else in its network, until nothing
 * is left there. `[` and `kill` are the shell's own: no process of this script is among them. It refuses
 * to run in the network of the process that started it.
 */
const script = `
if [ /proc/$$/ns/net -ef /proc/$PPID/ns/net ]; then exit 1; fi
echo
read -r _ || :
found=yes
while [ -n "$found" ]; do
  found=
  for process in /proc/[0-9]*; do
    [ "$process" != /proc/$$ ] && [ "$process/ns/net" -ef /proc/$$/ns/net ] || continue
    found=yes
    kill -KILL "\${process#/proc/}" || :
  done
done`;

/**
 * Starts a process that holds a network namespace, until the stack is disposed of, or this process is
 * gone, in whatever way: then everything ends that still runs in it, whoever started it. Resolves with
 * its number.
 */
export async function holdNetwork(stack: AsyncDisposableStack): Promise<number> {
  const holder = spawn('unshare', ['--net', 'sh', '-euc', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl-C is for us: then this stack is disposed of, in its order.
    detached: true,
  });
  const ended = once(holder, 'close');
  const [first] = await Promise.race([once(holder.stdout, 'data'), ended]);
  if (String(first) !== '\n') throw new Error('cannot make a network namespace');
  stack.defer(async () => {
    holder.stdin.end();
    await ended;
  });
  return holder.pid as number;
}
