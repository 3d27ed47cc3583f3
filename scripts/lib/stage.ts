import { cp, glob, lutimes, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import type { Architecture } from './architectures.ts';
import { licences } from './licences.ts';
import { packageInfos } from './package-info.ts';
import { root } from './paths.ts';
import type { ProgramName } from './pkg-config.ts';

/**
 * Puts the files of a program's package below `directory`: those of its `make` target, the pages of
 * docs/ and the licences. Every file has the modification time `epoch` (seconds), so that the same content results
 * in the same package.
 */
export async function stage(
  name: ProgramName,
  architecture: Architecture,
  directory: string,
  epoch: number,
): Promise<void> {
  await execa(
    'make',
    ['--silent', packageInfos[name].target, `arch=${architecture}`, `DESTDIR=${directory}`],
    {
      cwd: root,
      env: { MAKEFLAGS: '' },
    },
  );
  const manuals = join(directory, 'usr/share/man/man8');
  for await (const page of glob('*.8', { cwd: manuals })) {
    const manual = join(manuals, page);
    await writeFile(`${manual}.gz`, gzipSync(await readFile(manual), { level: 9 }));
    await rm(manual);
  }
  if (name === 'coreos-installer')
    for (const link of ['fcct', 'butane'])
      await symlink('coreos-installer-translate.8.gz', join(manuals, `${link}.8.gz`));

  const docs = join(directory, 'usr/share/doc', name);
  await mkdir(docs, { recursive: true });
  await writeFile(join(docs, 'copyright'), await licences(architecture, name));
  // In the same tree, for the links between them.
  for await (const page of glob(['*.md', 'docs'], { cwd: root }))
    await cp(join(root, page), join(docs, page), { recursive: true });

  await execa('chmod', ['-R', 'u=rwX,go=rX', directory]);
  for await (const path of glob('**', { cwd: directory }))
    await lutimes(join(directory, path), epoch, epoch);
}
