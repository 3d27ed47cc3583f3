/** Fills `bench/results/full.json` into docs/performance.md and the README's picture. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../scripts/lib/paths.ts';
import { filledIn, picture } from './publish.ts';
import type { Results } from './report.ts';

const directory = join(root, 'bench/results');
const results: Results = JSON.parse(await readFile(join(directory, 'full.json'), 'utf8'));
const page = join(root, 'docs/performance.md');
await writeFile(page, filledIn(await readFile(page, 'utf8'), results));
await writeFile(join(directory, 'full.svg'), picture(results));
