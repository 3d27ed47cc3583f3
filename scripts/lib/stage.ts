import { cp, glob, lutimes, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import type { Architecture } from './architectures.ts';
import { licences } from './licences.ts';
import { root } from './paths.ts';

/**
 * Puts the files of a package below `directory`: those of `make install`, the pages of docs/ and the
 * licences. Every file has the modification time `epoch` (seconds), so that the same content results
 * in the same package.
 */
export async function stage(
  architecture: Architecture,
  directory: string,
  epoch: number,
): Promise<void> {
  await execa('make', ['--silent', 'install', `arch=${architecture}`, `DESTDIR=${directory}`], {
    cwd: root,
    env: { MAKEFLAGS: '' },
  });
  const manuals = join(directory, 'usr/share/man/man8');
  for await (const name of glob('*.8', { cwd: manuals })) {
    const manual = join(manuals, name);
    await writeFile(`${manual}.gz`, gzipSync(await readFile(manual), { level: 9 }));
    await rm(manual);
  }
  for (const name of ['fcct', 'butane'])
    await symlink('coreos-installer-translate.8.gz', join(manuals, `${name}.8.gz`));

  const docs = join(directory, 'usr/share/doc/coreos-installer');
  await mkdir(docs, { recursive: true });
  await writeFile(join(docs, 'copyright'), await licences(architecture, 'coreos-installer'));
  for await (const page of glob(['*.md', 'docs/*.md'], { cwd: root }))
    await cp(join(root, page), join(docs, basename(page)));

  await execa('chmod', ['-R', 'u=rwX,go=rX', directory]);
  for await (const path of glob('**', { cwd: directory }))
    await lutimes(join(directory, path), epoch, epoch);
}
