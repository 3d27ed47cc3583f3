import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortable, eachChunk, settleAll } from '../../../src/lib/promises.ts';

const stopped = new Error('stopped');
const never = () => new Promise<never>(() => {});
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('abortable', () => {
  it('has the outcome of the promise, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(7), signal)).toBe(7);
    const failed = new Error('failed');
    await expect(abortable(Promise.reject(failed), signal)).rejects.toBe(failed);
    expect(listenersOf(signal)).toBe(0);
  });

  it('has the reason of the signal as soon as it aborts, or when it has aborted', async () => {
    const stop = new AbortController();
    const waiting = abortable(never(), stop.signal);
    expect(listenersOf(stop.signal)).toBe(1);
    stop.abort(stopped);
    await expect(waiting).rejects.toBe(stopped);
    expect(listenersOf(stop.signal)).toBe(0);
    await expect(abortable(Promise.resolve(7), stop.signal)).rejects.toBe(stopped);
    // What nobody hears any more is no unhandled rejection.
    await expect(abortable(Promise.reject(new Error('late')), stop.signal)).rejects.toBe(stopped);
  });
});

describe('eachChunk', () => {
  function counted(chunks: number) {
    const state = { given: 0, closed: 0 };
    const input: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () =>
          state.given < chunks
            ? { done: false, value: Uint8Array.of(state.given++) }
            : { done: true, value: undefined },
        return: async () => {
          state.closed += 1;
          return { done: true, value: undefined };
        },
      }),
    };
    return { input, state };
  }

  it('hands on one after the other, and closes nothing that has ended', async () => {
    const { signal } = new AbortController();
    const { input, state } = counted(3);
    const taken: number[] = [];
    let busy = 0;
    await eachChunk(input, signal, async (bytes) => {
      busy += 1;
      expect(busy).toBe(1);
      await new Promise(setImmediate);
      busy -= 1;
      taken.push(bytes[0] as number);
    });
    expect(taken).toEqual([0, 1, 2]);
    expect(state.closed).toBe(0);
    expect(listenersOf(signal)).toBe(0);
  });

  it('closes the input when a chunk is not taken, and asks for no more', async () => {
    const { signal } = new AbortController();
    const { input, state } = counted(3);
    const taking = eachChunk(input, signal, async () => {
      throw stopped;
    });
    await expect(taking).rejects.toBe(stopped);
    expect(state).toEqual({ given: 1, closed: 1 });
  });

  it('closes the input when told to stop, and does not wait for it', async () => {
    const stop = new AbortController();
    let closed = 0;
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: never,
        return: () => {
          closed += 1;
          return never();
        },
      }),
    };
    const taking = eachChunk(silent, stop.signal, () => {});
    stop.abort(stopped);
    await expect(taking).rejects.toBe(stopped);
    expect(closed).toBe(1);
  });
});

it('has all results in order', async () => {
  expect(await settleAll([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
});

it('rejects with the first failure of the list, when nothing is under way any more', async () => {
  const slow = Promise.withResolvers<void>();
  let settled = false;
  const both = settleAll([slow.promise, Promise.reject(new Error('second'))]).finally(() => {
    settled = true;
  });
  both.catch(() => undefined);
  await new Promise(setImmediate);
  expect(settled).toBe(false);
  slow.reject(new Error('first'));
  await expect(both).rejects.toThrow('first');
});
