/**
 * Installs the packages of package-lock.json into node_modules, independent of the machine's Node, on
 * which npm runs. npm silently leaves out optional packages whose `engines` exclude that Node, although
 * the packages are run by the Node that is one of them. Therefore npm uses a copy of the lock file
 * without engines, in build/npm. Plain JavaScript, as the machine's Node may be years old. No install
 * scripts of packages are needed.
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
if (error) console.error(`Cannot run npm: ${error.message}`);
if (status !== 0) process.exit(1);

// Removing takes long: the new packages take their place first.
if (existsSync(`${root}node_modules`)) renameSync(`${root}node_modules`, `${work}/former`);
renameSync(`${work}/node_modules`, `${root}node_modules`);
rmSync(work, { recursive: true });
