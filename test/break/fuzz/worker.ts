import { parentPort, workerData } from 'node:worker_threads';
import { inputOf, targets } from './targets.ts';

/** What the main thread tells: whom to feed, and where to begin. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly forMs: number;
  /** Inputs to begin with, as they are. */
  readonly cases: readonly Uint8Array[];
  /** The number of the input that is being tried; the main thread watches it. */
  readonly progress: SharedArrayBuffer;
}

export interface Finding {
  readonly input: Uint8Array;
  readonly message: string;
}

/** How much one input may leave behind in buffers, which no limit of V8 counts. */
const mostBufferBytes = 512 << 20;

const order = workerData as Order;
const progress = new Int32Array(order.progress);

async function feed(): Promise<void> {
  const target = targets.find(({ name }) => name === order.target);
  if (!target) throw new Error(`no target ${order.target}`);
  const endMs = performance.now() + order.forMs;
  for (let index = 0; performance.now() < endMs; index += 1) {
    Atomics.store(progress, 0, index);
    const given = order.cases[index];
    const input = given
      ? Buffer.from(given)
      : inputOf(order.target, order.seed, index - order.cases.length);
    try {
      await target.check(input);
      const { arrayBuffers } = process.memoryUsage();
      if (arrayBuffers > mostBufferBytes) throw new Error(`${arrayBuffers} bytes of buffers`);
    } catch (error) {
      const message = (error as Error).stack ?? String(error);
      parentPort?.postMessage({ input, message } satisfies Finding);
      return;
    }
  }
}

if (parentPort) await feed();
