import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/lib/quantities.ts';
import { targets } from './fuzz/targets.ts';
import { watch } from './fuzz/watch.ts';

const cases = join(import.meta.dirname, 'fuzz/cases');
const found = join(import.meta.dirname, '../../build/fuzz');
const totalMs = parseDuration(process.env['FUZZ_TIME'] || '12s') ?? 12_000;
const seed = Number(process.env['SEED'] || 1);

/**
 * Every parser gets inputs that are like good ones with something wrong. Jazzer.js would be guided
 * by coverage, but takes neither ES modules nor TypeScript; fast-check makes up structures rather
 * than damaging real files. So: mutations of a corpus, from a seed. What was found once stays in
 * `fuzz/cases` and comes first for ever.
 */
test.each(targets.map(({ name }) => name))('%s understands or refuses', async (target) => {
  const forMs = totalMs / targets.length;
  const { triedInputs, finding } = await watch({ target, seed, forMs, cases: knownCases(target) });
  process.stdout.write(`fuzz: ${target}: ${triedInputs} inputs\n`);
  if (finding === undefined) {
    expect(triedInputs).toBeGreaterThan(0);
    return;
  }
  mkdirSync(found, { recursive: true });
  const path = join(found, `${target}-${seed}-${triedInputs}`);
  writeFileSync(path, finding.input);
  expect.fail(
    `${finding.message}\nThe input is in ${path}: once it is understood, keep it in test/break/fuzz/cases/${target}.`,
  );
});

function knownCases(target: string): Uint8Array[] {
  const directory = join(cases, target);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => readFileSync(join(directory, name)));
}
