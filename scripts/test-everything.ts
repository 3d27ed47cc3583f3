/**
 * Runs all tests that there are, or with `core` those that CI runs. What each part prints goes to
 * artifacts/everything/. The last line has the totals; they also go to the file that TOTALS_FILE names.
 * With CONTINUE=yes, parts that have passed in an interrupted run at this commit are not run again.
 */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkedOut, keptOutcomes } from './lib/kept-outcomes.ts';
import { root } from './lib/paths.ts';
import { runTests } from './lib/run-tests.ts';
import { planTests } from './lib/test-parts.ts';
import { totalsLine } from './lib/test-report.ts';

const [extent = 'everything', ...more] = process.argv.slice(2);
if ((extent !== 'core' && extent !== 'everything') || more.length > 0) {
  console.error('Usage: test-everything.ts [core]');
  process.exit(2);
}

const ended = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => ended.abort());

const directory = join(root, 'artifacts', 'everything');
// No log of an earlier run is taken for one of this.
if (process.env['CONTINUE'] !== 'yes') rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const totals = await runTests(planTests(extent), {
  root,
  directory,
  print: (text) => console.log(text),
  signal: ended.signal,
  kept: keptOutcomes(directory, () => checkedOut(root)),
});
const file = process.env['TOTALS_FILE'];
if (file !== undefined) appendFileSync(file, `${totalsLine(totals)}\n`);
process.exitCode = totals.failed > 0 || ended.signal.aborted ? 1 : 0;
