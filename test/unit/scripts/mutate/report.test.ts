import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Mutation, mutated, mutationsOf } from '../../../../scripts/mutate/mutations.ts';
import {
  describeResult,
  diffOf,
  lineOf,
  type Result,
  summaryOf,
} from '../../../../scripts/mutate/report.ts';

const text = `import a from 'a';

export async function f(b: number): Promise<void> {
  if (b < 1) {
    await a();
    return;
  }
  await using c = await a(b - 1);
  c.d();
}
`;

test('each change is shown as a diff that git applies', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'diff-'));
  try {
    const all = mutationsOf('a.ts', text);
    expect(all.length).toBeGreaterThan(10);
    for (const mutation of all) {
      await writeFile(join(directory, 'a.ts'), text);
      execFileSync('git', ['apply'], { cwd: directory, input: diffOf(mutation, text) });
      expect(await readFile(join(directory, 'a.ts'), 'utf8')).toBe(mutated(text, mutation));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a diff is small', () => {
  const [comparison] = mutationsOf('src/a.ts', text).filter(({ kind }) => kind === 'comparison');
  expect(diffOf(comparison as Mutation, text)).toBe(`--- a/src/a.ts
+++ b/src/a.ts
@@ -2,5 +2,5 @@
 
 export async function f(b: number): Promise<void> {
-  if (b < 1) {
+  if (b <= 1) {
     await a();
     return;
`);
});

const result = (number: number, folder: string, verdict: Result['verdict']): Result => ({
  number,
  verdict,
  ...(verdict === 'survived' ? {} : { by: 'unit', test: 'test/unit/a.test.ts' }),
  mutation: { path: `src/${folder}/a.ts`, kind: 'sign', start: 30, end: 31, replacement: '' },
  tookMs: 1600,
});

test('a result has one line', () => {
  const killed = result(3, 'xz', 'killed');
  expect(describeResult(killed, lineOf(killed.mutation, text))).toBe(
    '   3 killed   src/xz/a.ts:3 (sign) by unit, a.test.ts, in 2 s',
  );
  expect(describeResult(result(12, 'xz', 'survived'), 7)).toBe(
    '  12 survived src/xz/a.ts:7 (sign), in 2 s',
  );
});

test('the summary counts by folder; what was noticed once of twice is no verdict', () => {
  const results = [
    result(1, 'xz', 'killed'),
    result(2, 'xz', 'timeout'),
    result(3, 'xz', 'survived'),
    result(4, 'plan', 'unclear'),
    result(5, 'plan/deeper', 'killed'),
  ];
  expect(summaryOf(results).split('\n')).toEqual([
    'folder              tried   killed  timeout survived  unclear  noticed',
    'src/plan                2        1        0        0        1    100 %',
    'src/xz                  3        1        1        1        0     67 %',
    'all                     5        2        1        1        1     75 %',
  ]);
});
