/** Fills `bench/results/full.json` into the pages that show it, and draws the picture. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../scripts/lib/paths.ts';
import { filledIn, pages, picture } from './publish.ts';
import type { Results } from './report.ts';

const directory = join(root, 'bench/results');
const results: Results = JSON.parse(await readFile(join(directory, 'full.json'), 'utf8'));
for (const [name, parts] of Object.entries(pages)) {
  const path = join(root, name);
  await writeFile(path, filledIn(await readFile(path, 'utf8'), parts, results));
}
await writeFile(join(directory, 'full.svg'), picture(results));
