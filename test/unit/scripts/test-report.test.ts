import { expect, test } from 'vitest';
import {
  failuresList,
  type Outcome,
  parseFailures,
  parseTotals,
  sumOf,
  timesTable,
} from '../../../scripts/lib/test-report.ts';

const outcome = (name: string, more: Partial<Outcome> = {}): Outcome => ({
  name,
  fault: undefined,
  tookMs: 62_400,
  totals: undefined,
  failures: [],
  ...more,
});
const totals = { passed: 10, failed: 0, skipped: 1 };

test('the totals of all parts are added up', () => {
  const failed = { passed: 3, failed: 2, skipped: 0 };
  const outcomes = [
    outcome('check'),
    outcome('unit', { totals }),
    outcome('loop', { totals: failed, fault: 'exit code 1' }),
  ];
  expect(sumOf(outcomes)).toEqual({ passed: 13, failed: 2, skipped: 1 });
});

test.each([
  ['that counts no tests', undefined],
  ['whose tests all passed', totals],
])('a part %s and fails counts as a failed test', (_, its) => {
  expect(sumOf([outcome('it', { totals: its, fault: 'exit code 2' })]).failed).toBe(1);
});

test('lines that several runs have written are one sum; other text counts nothing', () => {
  const text = '10 passed, 0 failed, 1 skipped\n5 passed, 1 failed, 0 skipped\n';
  expect(parseTotals(text)).toEqual({ passed: 15, failed: 1, skipped: 1 });
  expect(parseTotals('')).toBeUndefined();
  expect(parseTotals('  10 passed, 0 failed, 1 skipped (of 11)\n')).toBeUndefined();
});

test('the table has a line for each part and one for all', () => {
  const outcomes = [
    outcome('check'),
    outcome('test-unit', { totals, tookMs: 3_599_600, fault: 'exit code 1' }),
  ];
  expect(timesTable(outcomes, 4_000_000)).toBe(
    [
      'ok      check        1 min 02 s',
      'FAILED  test-unit   60 min 00 s  10 passed, 0 failed, 1 skipped',
      '        all         66 min 40 s',
    ].join('\n'),
  );
});

test('failed tests are named with their part, so that the end of a log is enough', () => {
  const text = 'FAILED: a.test.ts > one: expected 1\n5 passed, 1 failed, 0 skipped\n';
  const failures = parseFailures(text);
  expect(failures).toEqual(['a.test.ts > one: expected 1']);
  expect(failuresList([outcome('check'), outcome('loop', { failures })])).toBe(
    'loop: a.test.ts > one: expected 1',
  );
});

test('a list of failed tests that is too long is cut, and so is a line', () => {
  const list = failuresList([outcome('it', { failures: Array(22).fill('x'.repeat(1000)) })]);
  expect(list.split('\n')).toHaveLength(21);
  expect(list).toMatch(/\nand 2 more$/);
  expect(list.length).toBeLessThan(20 * 301 + 20);
});
