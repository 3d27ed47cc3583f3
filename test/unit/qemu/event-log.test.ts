import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EventLog } from '../../qemu/support/event-log.ts';

const log = () => new EventLog<{ readonly kind: 'a' | 'b'; readonly number: number }>();
const longMs = 60_000;

test('each event is returned once, in its order, and those between are passed over', async () => {
  const events = log();
  events.add({ kind: 'a', number: 1 });
  events.add({ kind: 'b', number: 2 });
  events.add({ kind: 'a', number: 3 });
  expect(await events.next(['b'], { timeoutMs: longMs })).toMatchObject({ number: 2 });
  expect(await events.next(['a', 'b'], { timeoutMs: longMs })).toMatchObject({ number: 3 });
  const fourth = events.next(['a'], { timeoutMs: longMs });
  events.add({ kind: 'b', number: 4 });
  events.add({ kind: 'a', number: 5 });
  expect(await fourth).toMatchObject({ number: 5 });
});

test('an event that was there already leaves no deadline behind', async () => {
  const rejected: unknown[] = [];
  const note = (reason: unknown) => rejected.push(reason);
  process.on('unhandledRejection', note);
  try {
    const events = log();
    events.add({ kind: 'a', number: 1 });
    await events.next(['a'], { timeoutMs: 20 });
    await sleep(100);
    expect(rejected).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('who waits is told of the deadline, of an interruption, and of the end', async () => {
  const events = log();
  await expect(events.next(['a', 'b'], { timeoutMs: 20 })).rejects.toThrow(
    'no event a or b within 0.02 s',
  );
  const interrupted = new AbortController();
  const waiting = events.next(['a'], { timeoutMs: longMs, signal: interrupted.signal });
  interrupted.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  const last = events.next(['a'], { timeoutMs: longMs });
  events.end(new Error('it has ended'));
  await expect(last).rejects.toThrow('it has ended');
  await expect(events.next(['a'], { timeoutMs: longMs })).rejects.toThrow('it has ended');
});
