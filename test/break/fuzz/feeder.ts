import { openSync, writeSync } from 'node:fs';
import { getOneMessage, sendMessage } from 'execa';
import { type Finding, inputAt, type Order, progressFile } from './order.ts';
import { targets } from './targets.ts';

/** How much one input may leave behind in buffers, which no limit of V8 counts. */
const mostBufferBytes = 512 << 20;

const order = (await getOneMessage()) as unknown as Order;
const target = targets.find(({ name }) => name === order.target);
if (!target) throw new Error(`no target ${order.target}`);

const progress = openSync(progressFile, 'w');
const endMs = performance.now() + order.forMs;
for (let index = 0; performance.now() < endMs; index += 1) {
  writeSync(progress, Uint32Array.of(index), 0, 4, 0);
  const input = inputAt(order, index);
  try {
    await target.check(input);
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers > mostBufferBytes) throw new Error(`${arrayBuffers} bytes of buffers`);
  } catch (error) {
    const message = (error as Error).stack ?? String(error);
    await sendMessage({ input, message } satisfies Finding);
    break;
  }
}
