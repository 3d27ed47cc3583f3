import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSource } from '../../support/run-source.ts';
import { limitBytes, runWithOutput } from '../../support/run-with-output.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'standard-output-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('all that is printed is in a file, or the command fails', async () => {
  const { stdout } = await runSource(['--help']);
  expect(stdout.length).toBeGreaterThan(2 * limitBytes);
  const path = join(directory, 'help');
  expect(await runWithOutput(path, ['--help'])).toEqual({ stderr: '', exitCode: 0 });
  expect(readFileSync(path).equals(stdout)).toBe(true);
  // Of one write the kernel takes a part.
  const { stderr, exitCode } = await runWithOutput(path, ['--help'], { isLimited: true });
  expect(stderr).toMatch(/^Cannot write to standard output: EFBIG[^\n]* \[output-failed\]\n$/);
  expect(exitCode).toBe(5);
  expect(readFileSync(path)).toHaveLength(limitBytes);
});
