/**
 * Installs what package-lock.json names into node_modules: the same whatever Node the machine has for
 * npm to run on. npm leaves out optional packages whose `engines` exclude that Node, and says
 * nothing; the packages, though, are run by the Node that is among them. So npm works from a copy of
 * the lock file in which nothing is said of engines, in build/npm. Plain JavaScript, as the
 * machine's Node may be years old. Nothing here needs the install scripts of packages.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = `${root}build/npm`;
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

for (const name of ['package.json', 'package-lock.json']) {
  const content = JSON.parse(readFileSync(`${root}${name}`, 'utf8'));
  for (const one of [content, ...Object.values(content.packages ?? {})]) delete one.engines;
  writeFileSync(`${work}/${name}`, JSON.stringify(content));
}
const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
const { status, error } = spawnSync('npm', ['ci', ...quietly], { cwd: work, stdio: 'inherit' });
if (error) console.error(`npm could not be run: ${error.message}`);
if (status !== 0) process.exit(1);

// Removing takes long; meanwhile the new ones are in use.
if (existsSync(`${root}node_modules`)) renameSync(`${root}node_modules`, `${work}/former`);
renameSync(`${work}/node_modules`, `${root}node_modules`);
rmSync(work, { recursive: true });
