import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { buildDir } from '../../scripts/lib/paths.ts';

const program = join(buildDir, `linux-${process.arch}`, 'program.cjs');

it('V8 takes the compiled program that is in the binary, with what an installation begins with', () => {
  const text = readFileSync(program, 'utf8');
  const cachedData = readFileSync(`${program}.cache`);
  expect(new Script(text, { filename: 'program.cjs', cachedData }).cachedDataRejected).toBe(false);
  // What V8 compiles before anything runs; undici alone is as much again.
  expect(cachedData.length).toBeGreaterThan(2 * new Script(text).createCachedData().length);
});
