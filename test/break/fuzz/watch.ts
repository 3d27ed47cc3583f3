import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execaNode, type Message } from 'execa';
import { type Finding, inputAt, type Order, progressFile } from './order.ts';

/** No input of 64 KiB may keep a parser busy for longer, or make it take more memory. */
const mostMs = 10_000;
const mostHeapMib = 256;

/** The number of the input while the process takes in its modules. */
const notBegun = -1;

export interface Watched {
  readonly triedInputs: number;
  readonly finding?: Finding | undefined;
}

/**
 * Feeds a parser in a process of its own, and a directory of its own: what native code does wrong
 * ends the process. Its time and memory are watched.
 */
export async function watch(order: Order): Promise<Watched> {
  const cwd = await mkdtemp('/dev/shm/coreos-installer-fuzz-');
  const current = async () => {
    const bytes = await readFile(join(cwd, progressFile)).catch(() => Buffer.alloc(0));
    return bytes.length === 4 ? bytes.readUInt32LE() : notBegun;
  };
  const feeder = execaNode(join(import.meta.dirname, 'feeder.ts'), {
    cwd,
    ipcInput: order as unknown as Message<'advanced'>,
    nodeOptions: [`--max-old-space-size=${mostHeapMib}`, '--disable-warning=DEP0123'],
    stdout: 'ignore',
    reject: false,
  });
  let last = notBegun;
  const timer = setInterval(async () => {
    const index = await current();
    if (index !== notBegun && index === last) {
      feeder.kill('SIGKILL', new Error(`input ${index} takes more than ${mostMs} ms`));
    }
    last = index;
  }, mostMs);
  try {
    const { failed, message = '', ipcOutput } = await feeder;
    const index = await current();
    const [finding] = ipcOutput as unknown as Finding[];
    return {
      triedInputs: index + 1,
      finding: failed ? { input: inputAt(order, Math.max(0, index)), message } : finding,
    };
  } finally {
    clearInterval(timer);
    await rm(cwd, { recursive: true });
  }
}
