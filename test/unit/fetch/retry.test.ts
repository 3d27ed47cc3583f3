import { expect, test } from 'vitest';
import { backoffMs, RetryBudget, TransientError } from '../../../src/fetch/retry.ts';
import type { Waiting } from '../../../src/fetch/source.ts';
import { InputError } from '../../../src/lib/errors.ts';

const trouble = new TransientError({
  code: 'server-stalled',
  why: 'the server is asleep',
  next: 'Wake it.',
});
const never = new AbortController().signal;

function makeBudget(options: { retryForMs: number; backoffMs?: number; waits?: Waiting[] }) {
  return new RetryBudget({
    name: 'http://host/x',
    retryForMs: options.retryForMs,
    backoff: () => options.backoffMs ?? 1,
    onWait: (waiting) => options.waits?.push(waiting),
  });
}

test('waits double from a quarter of a second to eight seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 2000].map((attempt) => backoffMs(attempt, 0))).toEqual([
    250, 500, 1000, 2000, 4000, 8000, 8000, 8000,
  ]);
});

test('chance takes away up to a half of each wait', () => {
  expect(backoffMs(1, 0.5)).toBe(375);
  expect(backoffMs(9, 0.999_999)).toBeCloseTo(4000, 1);
});

test('with no time for retries the first failure is final, and its reason is told', async () => {
  const failure = makeBudget({ retryForMs: 0 }).wait(trouble, never);
  await expect(failure).rejects.toThrow(InputError);
  await expect(failure).rejects.toThrow(
    'Cannot fetch http://host/x: the server is asleep. Wake it.',
  );
});

test('the last try starts when the time is over, and failing it gives up', async () => {
  const waits: Waiting[] = [];
  const budget = makeBudget({ retryForMs: 60, backoffMs: 1000, waits });
  await budget.wait(trouble, never);
  await expect(budget.wait(trouble, never)).rejects.toThrow(
    'the server is asleep; tried 2 times in 0 s. Wake it.',
  );
  expect(waits).toHaveLength(1);
  expect(waits[0]).toMatchObject({
    name: 'http://host/x',
    code: 'server-stalled',
    reason: 'the server is asleep',
    sinceMs: 0,
    nextTryMs: 60,
  });
});

test('progress gives the whole time again', async () => {
  const budget = makeBudget({ retryForMs: 30, backoffMs: 1000 });
  await budget.wait(trouble, never);
  budget.progress();
  await budget.wait(trouble, never);
  await expect(budget.wait(trouble, never)).rejects.toThrow(InputError);
});

test('what the server asks for is waited, a minute at most', async () => {
  const waits: Waiting[] = [];
  const stop = new AbortController();
  const budget = new RetryBudget({
    name: 'x',
    retryForMs: Number.POSITIVE_INFINITY,
    backoff: () => 5,
    onWait: (waiting) => {
      waits.push(waiting);
      stop.abort(new Error('enough'));
    },
  });
  const asks = (retryAfterMs: number) =>
    new TransientError({ code: 'http-try-later', why: 'busy', next: 'Wait.' }, { retryAfterMs });
  await expect(budget.wait(asks(7_000), stop.signal)).rejects.toThrow('enough');
  await expect(budget.wait(asks(1e9), stop.signal)).rejects.toThrow('enough');
  await expect(budget.wait(asks(0), stop.signal)).rejects.toThrow('enough');
  expect(waits.map(({ nextTryMs }) => nextTryMs)).toEqual([7_000, 60_000, 5]);
});
