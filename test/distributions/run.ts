/**
 * Runs what a newcomer would run, on minimal systems of other distributions than this machine's:
 * SUITES (Debian's names) and STEPS (see steps.ts) choose. A line per step, each with a log in
 * artifacts/distributions; fails when a step does, after having tried the others.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { execa } from 'execa';
import { buildDir, root } from '../../scripts/lib/paths.ts';
import { compress, makeDiskImage } from '../support/disk-image.ts';
import { bootFileSystem } from '../support/installed-disk.ts';
import { minimalRoot } from './minimal-root.ts';
import { steps } from './steps.ts';
import { System } from './system.ts';

const words = (name: string, otherwise: readonly string[]) => {
  const given = (process.env[name] ?? '').split(/\s+/).filter((word) => word !== '');
  return given.length > 0 ? given : otherwise;
};
const suites = words('SUITES', ['bookworm', 'trixie']);
const chosen = words('STEPS', Object.keys(steps));
/** There is nothing to install before it is packed. */
const wanted = chosen.flatMap((name) =>
  name === 'install' && !chosen.includes('packages') ? ['packages', name] : [name],
);
const home = join(buildDir, 'distributions');
const logs = join(root, 'artifacts/distributions');
const certificates = '/etc/ssl/certs/ca-certificates.crt';
/** A clone may lie anywhere. The system's locale is C, and a path is bytes. */
const clone = 'tmp/ein klön/coreos-installer';
/** What one step built, the next one finds; nothing that says what the machine has. */
const products = ['dist', 'build/linux-x64', 'build/linux-arm64', 'build/stamps'];
const config = '{"ignition":{"version":"3.0.0"}}\n';

const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) throw new Error(`STEPS: no ${unknown}; there are ${Object.keys(steps)}`);
await mkdir(logs, { recursive: true });
const registry = (await execa('npm', ['config', 'get', 'registry'])).stdout;
await mkdir(home, { recursive: true });
/** Another run may be making its own. */
const fixture = await mkdtemp(join(home, 'fixture-'));
await makeFixture(fixture);
const failed: string[] = [];
for (const suite of suites) {
  const original = await timed(suite, 'root', () => minimalRoot(suite, join(home, 'roots')));
  await rm(join(home, 'built', suite), { recursive: true, force: true });
  for (const name of wanted) await runStep(suite, original, name);
}
await rm(fixture, { recursive: true });
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

async function runStep(suite: string, original: string, name: string): Promise<void> {
  const { packages, commands } = steps[name] ?? { packages: [], commands: [] };
  const log = join(logs, `${suite}-${name}.log`);
  await rm(log, { force: true });
  const built = join(home, 'built', suite);
  await using system = await System.copyOf(original, join(home, 'systems', suite));
  const checkout = join(system.root, clone);
  await execa('git', ['clone', '--quiet', root, checkout]);
  for (const path of products) await move(join(built, path), join(checkout, path));
  await execa('cp', ['--archive', fixture, join(system.root, 'fixture')]);
  const install = 'apt-get install --yes --quiet=2 --no-install-recommends';
  const script = [
    'apt-get update --quiet=2',
    ...(packages.length > 0 ? [`${install} ${packages.join(' ')}`] : []),
    `cd '/${clone}'`,
    ...commands,
  ];
  const exitCode = await timed(suite, name, () =>
    system.run({ script: script.join('\n'), shared: sharedBy(suite), env: environment(), log }),
  );
  await addTotals(join(system.root, 'totals'));
  for (const path of products) await move(join(checkout, path), join(built, path));
  const trouble = exitCode === 0 ? await lookAt(system, name) : `exit code ${exitCode}`;
  if (trouble === undefined) return;
  failed.push(`${suite} ${name}`);
  const end = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-30).join('\n');
  console.error(`${suite} ${name}: ${trouble}. The end of ${relative(root, log)}:\n${end}\n`);
}

/** What is kept from one run to the next: whatever has been fetched, and the compiler's cache. */
function sharedBy(suite: string): Record<string, string> {
  const shared = {
    [`/var/cache/apt/archives`]: join(home, 'cache', `apt-${suite}`),
    '/root/.npm': join(home, 'cache/npm'),
    [`/${clone}/build/zig-cache`]: join(home, 'cache/zig'),
  };
  return shared;
}

function given(name: string): Record<string, string> {
  const value = process.env[name];
  return value === undefined || value === '' ? {} : { [name]: value };
}

function environment(): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
    TOTALS_FILE: '/totals',
    npm_config_registry: registry,
    // What was fetched before is checked against the lock file all the same.
    npm_config_prefer_offline: 'true',
    ...given('ACCEL'),
    ...given('PROJECTS'),
    ...(existsSync(certificates) && {
      npm_config_cafile: certificates,
      NODE_EXTRA_CA_CERTS: certificates,
    }),
  };
}

/** What is wrong with the disk that a step has installed to, if it has. */
async function lookAt(system: System, step: string): Promise<string | undefined> {
  if (step !== 'install') return undefined;
  const boot = await bootFileSystem(join(system.root, 'fixture/disk'));
  if (!(await boot.clean())) return 'the boot file system is damaged';
  const found = (await boot.read('ignition/config.ign')).toString();
  return found === config ? undefined : `the config on the disk is ${JSON.stringify(found)}`;
}

async function makeFixture(directory: string): Promise<void> {
  const image = await makeDiskImage({ layout: '2019', rootSizeBytes: 64 * 1024 * 1024 });
  await copyFile(await compress(image, 'xz'), join(directory, 'image.raw.xz'));
  await writeFile(join(directory, 'config.ign'), config);
}

async function addTotals(file: string): Promise<void> {
  const lines = await readFile(file, 'utf8').catch(() => '');
  const sum = process.env['TOTALS_FILE'];
  if (sum !== undefined && lines !== '') appendFileSync(sum, lines);
  process.stdout.write(lines);
}

async function move(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  await mkdir(join(to, '..'), { recursive: true });
  await rm(to, { recursive: true, force: true });
  await rename(from, to);
}

async function timed<T>(suite: string, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  const seconds = Math.round((performance.now() - start) / 1000);
  const outcome = typeof result === 'number' && result !== 0 ? 'FAILED' : 'ok';
  console.log(`${suite} ${what}: ${outcome}, ${seconds} s`);
  return result;
}
