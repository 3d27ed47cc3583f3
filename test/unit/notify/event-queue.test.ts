import { expect, test } from 'vitest';
import { EventQueue } from '../../../src/notify/event-queue.ts';

const texts = (queue: EventQueue) => queue.take(1e9).map(({ text }) => text);

test('the oldest progress is dropped, then the oldest of the next kind, and no step', () => {
  const queue = new EventQueue();
  for (let index = 0; index < 100; index++) queue.add({ text: `warning ${index}`, rank: 5 });
  queue.add({ text: 'step', rank: undefined });
  for (let index = 0; index < 1000; index++) {
    queue.add({ text: `progress ${index}`, rank: 0 });
    if (index % 100 === 0) queue.add({ text: `step ${index}`, rank: undefined });
  }
  const left = texts(queue);
  expect(left.filter((text) => text.startsWith('warning'))).toHaveLength(100);
  expect(left.filter((text) => text.startsWith('step'))).toHaveLength(11);
  const progress = left.filter((text) => text.startsWith('progress'));
  expect(progress).toEqual(Array.from({ length: 20 }, (_, index) => `progress ${980 + index}`));

  for (let index = 0; index < 200; index++) queue.add({ text: `warning ${index}`, rank: 5 });
  const warnings = texts(queue);
  expect(warnings).toHaveLength(120);
  expect(warnings[0]).toBe('warning 80');
});

test('what is put back is first again, and counts', () => {
  const queue = new EventQueue();
  for (const text of ['a', 'b']) queue.add({ text, rank: undefined });
  const taken = queue.take(1e9);
  for (let index = 0; index < 120; index++) queue.add({ text: `p${index}`, rank: 0 });
  queue.putBack([...taken, { text: 'old', rank: 0 }]);
  expect(texts(queue).slice(0, 3)).toEqual(['a', 'b', 'p0']);
  expect(queue.isEmpty).toBe(true);
});

test('lines are taken up to a size in bytes, but at least one', () => {
  const queue = new EventQueue();
  for (const text of ['ääää', 'bbbb', 'cc']) queue.add({ text, rank: undefined });
  expect(queue.take(1).map(({ text }) => text)).toEqual(['ääää']);
  expect(queue.take(7).map(({ text }) => text)).toEqual(['bbbb']);
  expect(queue.take(7).map(({ text }) => text)).toEqual(['cc']);
});
