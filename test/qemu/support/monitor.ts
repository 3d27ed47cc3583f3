import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** QEMU's own control channel (QMP), one command at a time. */
export interface Monitor extends Disposable {
  /** Rejects with QEMU's error message. */
  run(command: string, options?: Record<string, unknown>): Promise<void>;
}

export async function openMonitor(socketPath: string): Promise<Monitor> {
  const socket = connect(socketPath);
  await once(socket, 'connect');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  // Events come between the answers; the greeting is neither.
  const answer = async (): Promise<void> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('QEMU has ended');
    const message = JSON.parse(value) as { return?: unknown; error?: { desc: string } };
    if (message.error !== undefined) throw new Error(message.error.desc);
    if (message.return === undefined) await answer();
  };
  const run: Monitor['run'] = async (execute, options = {}) => {
    socket.write(`${JSON.stringify({ execute, arguments: options })}\n`);
    await answer();
  };
  await run('qmp_capabilities');
  return { run, [Symbol.dispose]: () => socket.destroy() };
}
