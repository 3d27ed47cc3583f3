/**
 * `make profile`: one installation of the main case, from source, under V8's profiler. Prints the
 * functions on which the main thread spends most time, and writes a profile to build/profile/ for
 * Chromium's developer tools and speedscope. CASE=PART-OF-A-NAME selects another case.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { hostNode } from '../scripts/lib/node-base.ts';
import { buildDir, root } from '../scripts/lib/paths.ts';
import { inPrivateNamespace } from '../test/support/installer.ts';
import { loopDevice } from '../test/support/loop-device.ts';
import { cases } from './cases.ts';
import { type CpuProfile, selfTimes } from './cpu-profile.ts';
import { serve } from './network.ts';

const wanted = process.env['CASE'] || 'xz, blocks';
const one = cases(process.env['BENCH'] === 'quick').find(({ name }) => name.includes(wanted));
if (one === undefined) throw new Error(`there is no case with ${wanted} in its name`);
const image = await one.image();
await using network = await serve(dirname(image), one.bytesPerSecond);
await using device = await loopDevice({
  sizeBytes: 24 * 1024 ** 3,
  content: 'zeros',
  directIo: true,
});
const into = join(buildDir, 'profile');
await mkdir(into, { recursive: true });
const work = await mkdtemp('/var/tmp/coreos-installer-profile-');
try {
  const name = `${one.name.replaceAll(/[^\w]+/g, '-')}.cpuprofile`;
  const profiler = ['--cpu-prof', `--cpu-prof-dir=${into}`, `--cpu-prof-name=${name}`];
  const url = `${network.url}/${basename(image)}`;
  const args = ['-d', device.path, '-i', 'skip', '-b', url];
  const program = [hostNode, ...profiler, join(root, 'src/main.ts'), ...args];
  const [command, ...rest] = inPrivateNamespace(work, program);
  await execa(command as string, rest, { stdout: 'inherit', stderr: 'inherit', stdin: 'ignore' });
  const profile: CpuProfile = JSON.parse(await readFile(join(into, name), 'utf8'));
  for (const { name, selfMs } of selfTimes(profile).slice(0, 25))
    console.log(`${(selfMs / 1000).toFixed(2).padStart(8)} s  ${name}`);
  console.log(
    `Open ${join(into, name)} in Chromium's developer tools (Performance) or speedscope.`,
  );
} finally {
  await rm(work, { recursive: true });
}
