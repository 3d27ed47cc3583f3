import { glob, lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import type { LiblzmaOrigin } from './liblzma-version.ts';
import { packageInfos } from './package-info.ts';
import type { ProgramName } from './pkg-config.ts';

/** The contents of a package: a tree of files, and its metadata. */
export interface Staged {
  /** Contains the tree in `root`, and temporary files of the packing. */
  readonly work: string;
  readonly name: ProgramName;
  readonly version: string;
  /** Modification time of everything in it, in seconds since 1970. */
  readonly epoch: number;
  readonly xzLevel: number;
  /** Which liblzma the program contains; one from Debian. */
  readonly liblzma: LiblzmaOrigin;
}

/** Correct findings of Debian's lintian that come from Node's official build. */
const overrides = (name: string) => `${name}: embedded-library
${name}: hardening-no-pie
${name}: copyright-file-contains-full-apache-2-license
${name}: old-fsf-address-in-copyright-file
`;
const maintainer = 'The coreos-installer maintainers <maintainers@coreos-installer.invalid>';
const homepage = 'https://getfedora.org/coreos';

const treeOf = ({ work }: Staged) => join(work, 'root');
const environment = ({ epoch }: Staged) => ({ env: { SOURCE_DATE_EPOCH: String(epoch) } });

export async function packTarball(staged: Staged, output: string): Promise<void> {
  const whose = ['--owner=0', '--group=0', '--numeric-owner', `--mtime=@${staged.epoch}`];
  const format = ['--sort=name', '--format=gnu', '-I', `xz -${staged.xzLevel} -T1`];
  await execa('tar', [...format, ...whose, '-C', treeOf(staged), '-cf', output, 'usr']);
}

/** For Debian, Ubuntu and derivatives; `debian` is their name of the architecture. */
export async function packDeb(staged: Staged, debian: string, output: string): Promise<void> {
  const { name } = staged;
  const { summary, description, debian: relations } = packageInfos[name];
  const libraries = ['libc6 (>= 2.28)', 'libgcc-s1 | libgcc1', 'libstdc++6 (>= 7)'];
  const control = {
    Package: name,
    Version: staged.version,
    Architecture: debian,
    Maintainer: maintainer,
    'Installed-Size': Math.ceil((await sizeOf(treeOf(staged))) / 1024),
    // libgcc1: Debian 10's name.
    Depends: [...libraries, ...relations.needs].join(', '),
    Recommends: relations.recommends.join(', '),
    Suggests: relations.suggests.join(', '),
    Conflicts: relations.conflicts.join(', '),
    Section: 'admin',
    Priority: 'optional',
    Homepage: homepage,
    'Built-Using': `xz-utils (= ${staged.liblzma.from.replace('Debian ', '')})`,
    Description: `${summary}\n${description.replaceAll(/^/gm, ' ')}`,
  };
  const lines = Object.entries(control).flatMap(([field, value]) =>
    value === '' ? [] : [`${field}: ${value}\n`],
  );
  const tree = treeOf(staged);
  const own = join(tree, 'DEBIAN');
  await mkdir(own, { mode: 0o755 });
  await writeFile(join(own, 'control'), lines.join(''));
  const changelog = join(tree, 'usr/share/doc', name, 'changelog.gz');
  await writeFile(changelog, gzipSync(debianChangelog(staged), { level: 9 }));
  const lintian = join(tree, 'usr/share/lintian');
  await mkdir(join(lintian, 'overrides'), { recursive: true });
  await writeFile(join(lintian, 'overrides', name), overrides(name));
  const how = ['--root-owner-group', '-Zxz', `-z${staged.xzLevel}`];
  await execa('dpkg-deb', [...how, '--build', tree, output], environment(staged));
  await execa('rm', ['-r', own, lintian, changelog]);
}

/** In the format of deb-changelog(5); the changes are in CHANGELOG.md next to it. */
function debianChangelog({ name, version, epoch }: Staged): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `${name} (${version}) unstable; urgency=medium

  * See CHANGELOG.md.

 -- ${maintainer}  ${date}
`;
}

/** For Fedora and similar distributions; `machine` is `uname -m`. */
export async function packRpm(staged: Staged, machine: string, output: string): Promise<void> {
  const { work, name, version, xzLevel, liblzma } = staged;
  const { summary, description, fedora: relations } = packageInfos[name];
  const libraries = ['glibc >= 2.28', 'libgcc', 'libstdc++ >= 7'];
  const related = (field: string, packages: readonly string[]) =>
    packages.length === 0 ? [] : [`${field}: ${packages.join(', ')}`];
  const spec = `
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
%global _binary_payload w${xzLevel}.xzdio
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _buildhost localhost
Name: ${name}
Version: ${version}
Release: 1
Summary: ${summary}
License: Apache-2.0 AND MIT AND ISC AND 0BSD AND BSD-3-Clause
URL: ${homepage}
AutoReqProv: no
Requires: ${[...libraries, ...relations.needs].join(', ')}
Provides: bundled(liblzma) = ${liblzma.version}
${[
  ...related('Recommends', relations.recommends),
  ...related('Suggests', relations.suggests),
  ...related('Conflicts', relations.conflicts),
].join('\n')}
%description
${description}
%install
cp -a ${treeOf(staged)}/. %{buildroot}
%files
%defattr(-,root,root)
${(await ownedPaths(treeOf(staged))).join('\n')}
`;
  const path = join(work, `${name}.spec`);
  await writeFile(path, spec);
  const defines = Object.entries({
    _topdir: join(work, 'rpm'),
    _rpmdir: join(work, 'rpms'),
    _rpmfilename: 'built.rpm',
  }).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  const target = ['--target', `${machine}-linux`];
  await execa('rpmbuild', ['-bb', '--quiet', ...target, ...defines, path], environment(staged));
  await rename(join(work, 'rpms/built.rpm'), output);
}

/** Files, links, and the directories that belong to this package only. */
async function ownedPaths(tree: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob('**', { cwd: tree, exclude: (name) => name === 'DEBIAN' })) {
    const directory = (await lstat(join(tree, path))).isDirectory();
    if (!directory) paths.push(`/${path}`);
    else if (/\/(modules\.d\/[^/]+|doc\/.+)$/.test(path)) paths.push(`%dir /${path}`);
  }
  return paths.toSorted();
}

async function sizeOf(tree: string): Promise<number> {
  let sizeBytes = 0;
  for await (const path of glob('**', { cwd: tree }))
    sizeBytes += (await lstat(join(tree, path))).size;
  return sizeBytes;
}
