/**
 * Builds a .deb, a .rpm and a tarball of each program for each architecture, with the formats' own tools. The same
 * checkout and the same binaries result in the same bytes.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Architecture, architectures } from './lib/architectures.ts';
import { recordedLiblzma } from './lib/liblzma.ts';
import { requireCurrentLiblzma } from './lib/liblzma-version.ts';
import { withOneLineErrors } from './lib/one-line-errors.ts';
import { packDeb, packRpm, packTarball, type Staged } from './lib/pack.ts';
import { root } from './lib/paths.ts';
import { type ProgramName, programNames } from './lib/pkg-config.ts';
import { stage } from './lib/stage.ts';

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const [output = join(root, 'dist/packages'), ...only] = process.argv.slice(2);
/** 2 is fast, and within a few per cent of the smallest size. */
const xzLevel = Number(process.env['XZ_LEVEL'] || 2);
const epoch = Number(process.env['SOURCE_DATE_EPOCH'] || (await lastCommitTime()));

await withOneLineErrors('make packages', async () => {
  await mkdir(output, { recursive: true });
  for (const architecture of Object.keys(architectures) as Architecture[]) {
    if (only.length > 0 && !only.includes(architecture)) continue;
    for (const program of programNames) await packFor(program, architecture);
  }
});

async function packFor(program: ProgramName, architecture: Architecture): Promise<void> {
  const { debian, gnu } = architectures[architecture];
  const machine = gnu.replace(/-.*/, '');
  const liblzma = await recordedLiblzma(architecture);
  requireCurrentLiblzma(liblzma);
  // rpmbuild splits paths at spaces, which the checkout's path may contain.
  const work = await mkdtemp(`/var/tmp/${program}-packages-`);
  try {
    await stage(program, architecture, join(work, 'root'), epoch);
    const staged: Staged = { work, name: program, version, epoch, xzLevel, liblzma };
    const name = (rest: string) => join(output, `${program}${rest}`);
    await packTarball(staged, name(`-${version}-linux-${machine}.tar.xz`));
    await packDeb(staged, debian, name(`_${version}_${debian}.deb`));
    await packRpm(staged, machine, name(`-${version}-1.${machine}.rpm`));
  } finally {
    await rm(work, { recursive: true });
  }
}

/** In seconds since 1970. Outside of a checkout: now. */
async function lastCommitTime(): Promise<string> {
  const { stdout, exitCode } = await execa('git', ['log', '-1', '--format=%ct'], {
    cwd: root,
    reject: false,
  });
  return exitCode === 0 ? stdout : String(Math.floor(Date.now() / 1000));
}
