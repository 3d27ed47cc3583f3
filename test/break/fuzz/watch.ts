import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execaNode, type Message } from 'execa';
import { type Finding, inputAt, type Order, progressFile } from './order.ts';

/** No input of 64 KiB may take a parser more processor time, or more memory. */
const mostMs = 10_000;
const mostHeapMib = 256;
/** On a machine with much else to do; and a parser that waits for something takes no processor time. */
const mostElapsedMs = 10 * mostMs;
const lookEveryMs = 1000;

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
  let since = { index: notBegun, cpuMs: 0, atMs: 0 };
  const timer = setInterval(async () => {
    const now = {
      index: await current(),
      cpuMs: await cpuMsOf(feeder.pid),
      atMs: performance.now(),
    };
    if (now.index === notBegun || now.index !== since.index) {
      since = now;
      return;
    }
    const cpuMs = now.cpuMs - since.cpuMs;
    const elapsedMs = now.atMs - since.atMs;
    if (cpuMs <= mostMs && elapsedMs <= mostElapsedMs) return;
    const took = `${cpuMs} ms of processor time in ${Math.round(elapsedMs)} ms`;
    feeder.kill('SIGKILL', new Error(`input ${now.index} has taken ${took}`));
  }, lookEveryMs);
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

/** User and system time so far, counted in hundredths of a second: proc(5), /proc/pid/stat. */
async function cpuMsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}
