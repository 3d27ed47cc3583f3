import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { atMostEvery, dueEvery } from '../../../src/ui/at-most-every.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('is due at once, and then after the interval, from when it was last', () => {
  const due = dueEvery(100);
  const moments = [0, 99, 100, 199, 350, 449, 450];
  expect(moments.filter(due)).toEqual([0, 100, 350, 450]);
});

test('is due first when it is said to be', () => {
  const due = dueEvery(100, 1_000);
  expect([0, 999, 1_000, 1_099, 1_100].filter(due)).toEqual([1_000, 1_100]);
});

test('a call is handed on when the interval has passed, and the first waits as long', () => {
  vi.advanceTimersByTime(5_000);
  const told: number[] = [];
  const tell = atMostEvery<number>(100, (value) => told.push(value));
  for (const value of [1, 2, 3, 4, 5, 6]) {
    tell(value);
    vi.advanceTimersByTime(60);
  }
  expect(told).toEqual([3, 5]);
});
