import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Architecture, architectures } from './architectures.ts';
import { openSources, openSuite, type Suite } from './debian.ts';
import {
  isCurrentLiblzma,
  type LiblzmaOrigin,
  minimumLiblzma,
  sourceVersion,
} from './liblzma-version.ts';
import { buildDir, inPackage, root } from './paths.ts';
import { zigConfigureEnv } from './zig.ts';

/** A static liblzma to link with: its headers, its library and its licence in one directory. */
export interface Liblzma extends LiblzmaOrigin {
  readonly includeDir: string;
  readonly library: string;
}

/** A place from which a current liblzma may be obtained. */
export interface Source {
  readonly name: string;
  /** The versions to choose from, the newest first. */
  versions(architecture: Architecture): Promise<string[]>;
  /** Creates `include/`, `liblzma.a` and `copyright` below `into`. */
  fetch(architecture: Architecture, version: string, into: string): Promise<void>;
}

/**
 * In the order in which they are tried. The suite's current revision is used: a fixed one would be
 * removed with the next point release. `stable` remains when the named releases have left the mirrors.
 */
export const liblzmaSources: readonly Source[] = [
  ...['bookworm-backports', 'trixie', 'stable'].map(binaryPackage),
  ...['trixie', 'stable'].map(sourcePackage),
];

/** Where it is kept in `build/`, so that nothing is downloaded twice. */
const homeOf = (architecture: Architecture) => join(buildDir, `linux-${architecture}`, 'liblzma');

/**
 * Obtains a current liblzma: its x86-64 decoder is twice as fast as that of lzma-native, which is the
 * fallback where no source works. In that case this prints a warning, and tries again the next time.
 */
export async function obtainLiblzma(
  architecture: Architecture,
  sources: readonly Source[] = liblzmaSources,
): Promise<Liblzma> {
  const home = homeOf(architecture);
  const kept = await readKept(home);
  if (kept !== undefined && isCurrentLiblzma(kept.version)) return kept;

  const found = await firstThatWorks(sources, architecture, (source, version) =>
    keep(home, `Debian ${sourceVersion(version)}`, async (dir) => {
      await source.fetch(architecture, version, dir);
      const inside = await headerVersion(dir);
      if (!isCurrentLiblzma(inside)) throw new Error(`its headers are those of ${inside}`);
    }),
  );
  if ('made' in found) return found.made;
  warn(architecture, found.failures);
  return kept ?? (await keep(home, 'lzma-native', (dir) => compileBundled(architecture, dir)));
}

let warned = '';

function warn(architecture: Architecture, failures: readonly string[]): void {
  const list = failures.map((line) => `  ${line}`).join('\n');
  if (list === warned) {
    console.warn(`The same applies to ${architecture}.`);
    return;
  }
  warned = list;
  console.warn(`
WARNING: the program for ${architecture} gets the xz decoder of lzma-native, from 2016: it decodes
correctly, but at half the speed, and make packages does not accept it. liblzma ${minimumLiblzma} or later
could not be obtained from any source:
${list}
`);
}

/** Tries every version that is recent enough, source by source; returns the first that `make` accepts. */
export async function firstThatWorks<T>(
  sources: readonly Source[],
  architecture: Architecture,
  make: (source: Source, version: string) => Promise<T>,
): Promise<{ readonly made: T } | { readonly failures: readonly string[] }> {
  const failures: string[] = [];
  const note = (where: string, error: unknown) =>
    failures.push(`${where}: ${error instanceof Error ? error.message : error}`);
  for (const source of sources) {
    const versions = await source.versions(architecture).catch((error) => {
      note(source.name, error);
      return undefined;
    });
    const wanted = versions?.filter(isCurrentLiblzma) ?? [];
    if (versions && wanted.length === 0) note(source.name, versions.join(', ') || 'it has none');
    for (const version of wanted) {
      try {
        return { made: await make(source, version) };
      } catch (error) {
        note(`${source.name}, ${version}`, error);
      }
    }
  }
  return { failures };
}

const recordOf = (architecture: Architecture) =>
  join(buildDir, `linux-${architecture}`, 'native.liblzma.json');

/** Records which liblzma the addon of an architecture contains. */
export async function recordLiblzma(
  architecture: Architecture,
  origin: LiblzmaOrigin,
): Promise<void> {
  await writeFile(recordOf(architecture), JSON.stringify(origin));
}

/** Which liblzma the addon of an architecture contains. */
export async function recordedLiblzma(architecture: Architecture): Promise<LiblzmaOrigin> {
  return JSON.parse(await readFile(recordOf(architecture), 'utf8'));
}

function binaryPackage(suite: string): Source {
  const open = once(() => openSuite(suite));
  const nameFor = (architecture: Architecture) =>
    `liblzma-dev:${architectures[architecture].debian}`;
  return {
    name: `the package liblzma-dev of Debian's ${suite}`,
    versions: async (architecture) => (await open()).versions(nameFor(architecture)),
    async fetch(architecture, version, into) {
      const package_ = join(into, 'package');
      await (await open()).extract(`${nameFor(architecture)}=${version}`, package_);
      const { gnu } = architectures[architecture];
      await rename(join(package_, 'usr/include'), join(into, 'include'));
      await rename(join(package_, 'usr/lib', gnu, 'liblzma.a'), join(into, 'liblzma.a'));
      const licence = join(package_, 'usr/share/doc/liblzma-dev/copyright');
      await rename(licence, join(into, 'copyright'));
      await rm(package_, { recursive: true });
    },
  };
}

function sourcePackage(suite: string): Source {
  const open = once(() => openSources(suite));
  return {
    name: `the source package xz-utils of Debian's ${suite}`,
    versions: async () => (await open()).versions('xz-utils'),
    async fetch(architecture, version, into) {
      const suiteSources = await open();
      await execa(join(root, 'scripts/install-system-packages.sh'), ['sources']);
      await withSpace(async (space) => {
        const tree = join(space, 'xz');
        await suiteSources.extract(`xz-utils=${version}`, tree);
        await compile(architecture, tree, into);
        await cp(join(tree, 'debian/copyright'), join(into, 'copyright'));
      });
    },
  };
}

async function compileBundled(architecture: Architecture, into: string): Promise<void> {
  await withSpace(async (space) => {
    const tarball = inPackage('lzma-native', 'deps/xz-5.2.3.tar.bz2');
    await execa('tar', ['-C', space, '-xjf', tarball, '--strip-components=1']);
    await compile(architecture, space, into);
  });
  // The licence is that of the package which contains it.
  await cp(inPackage('lzma-native', 'LICENSE'), join(into, 'copyright'));
}

/** Configures and compiles a tree of sources of any version. */
async function compile(architecture: Architecture, tree: string, into: string): Promise<void> {
  const inTree = { cwd: tree, env: zigConfigureEnv(architecture, '-O3 -fPIC') };
  const onlyTheLibrary = ['xz', 'xzdec', 'lzmadec', 'lzmainfo', 'lzma-links', 'scripts', 'doc'];
  await execa(
    './configure',
    [
      `--host=${architectures[architecture].gnu}`,
      '--enable-static',
      '--disable-shared',
      '--disable-nls',
      ...onlyTheLibrary.map((part) => `--disable-${part}`),
    ],
    inTree,
  );
  await execa('make', ['-C', 'src/liblzma'], inTree);
  await cp(join(tree, 'src/liblzma/api'), join(into, 'include'), { recursive: true });
  await cp(join(tree, 'src/liblzma/.libs/liblzma.a'), join(into, 'liblzma.a'));
}

/** configure does not work in a path with spaces, which the checkout's path may contain. */
async function withSpace(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp('/var/tmp/coreos-installer-liblzma-');
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Lets `make` fill a directory, which replaces `home` when it is complete. */
async function keep(
  home: string,
  from: string,
  make: (directory: string) => Promise<void>,
): Promise<Liblzma> {
  await mkdir(join(home, '..'), { recursive: true });
  const unfinished = await mkdtemp(`${home}-`);
  try {
    await make(unfinished);
    const origin: LiblzmaOrigin = { version: await headerVersion(unfinished), from };
    await writeFile(join(unfinished, 'origin.json'), JSON.stringify(origin));
    await rm(home, { recursive: true, force: true });
    await rename(unfinished, home);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  const kept = await readKept(home);
  if (kept === undefined) throw new Error(`${home} is incomplete`);
  return kept;
}

async function readKept(home: string): Promise<Liblzma | undefined> {
  const includeDir = join(home, 'include');
  const library = join(home, 'liblzma.a');
  const origin = await readFile(join(home, 'origin.json'), 'utf8').catch(() => undefined);
  if (origin === undefined || !existsSync(library)) return undefined;
  return { ...JSON.parse(origin), includeDir, library };
}

async function headerVersion(directory: string): Promise<string> {
  const text = await readFile(join(directory, 'include/lzma/version.h'), 'utf8');
  const part = (name: string) =>
    new RegExp(`^#define LZMA_VERSION_${name} (\\d+)$`, 'm').exec(text)?.[1];
  return ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
}

function once(open: () => Promise<Suite>): () => Promise<Suite> {
  let opened: Promise<Suite> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
