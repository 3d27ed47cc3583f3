import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError, execa } from 'execa';
import { buildDir } from './paths.ts';

/** The second is the name in newer releases of Debian. */
const keyrings = ['gpg', 'pgp'].map((end) => `/usr/share/keyrings/debian-archive-keyring.${end}`);

/** Reads packages of one Debian suite; see `openSuite` and `openSources`. */
export interface Suite {
  /** The versions of a package in the suite, the newest first; empty where there are none. */
  versions(name: string): Promise<string[]>;
  /** Unpacks a package below `into`; `name` may end in `=version`. */
  extract(name: string, into: string): Promise<void>;
}

/**
 * Gives access to another Debian suite than the machine's own, without changing the machine: apt runs
 * with its own sources, lists, cache and (empty) package state below `build/apt`. The mirror, proxy and
 * certificates are those of the machine; signatures are checked as usual. Packages are named
 * `package:architecture`.
 *
 * Throws where there is no apt, no Debian mirror among the machine's sources, no such suite, or no
 * network. The error's first line says why.
 */
export async function openSuite(suite: string): Promise<Suite> {
  const apt = await privateApt(suite, 'deb', suite);
  return {
    versions: (name) => apt.versions('show', name),
    extract: (name, into) =>
      apt.inDirectory(async (dir) => {
        await apt.get(['download', name], dir);
        // apt chooses the name of the file, so it gets a directory of its own.
        const [file = `nothing for ${name}`] = await readdir(dir);
        await mkdir(into, { recursive: true });
        await reasoned(execa('dpkg-deb', ['--extract', join(dir, file), into]));
      }),
  };
}

/** The source packages of a suite, in the same way. They are unpacked with Debian's patches. */
export async function openSources(suite: string): Promise<Suite> {
  const apt = await privateApt(`${suite}-sources`, 'deb-src', suite);
  return {
    versions: (name) => apt.versions('showsrc', '--only-source', name),
    extract: (name, into) =>
      apt.inDirectory(async (dir) => {
        await apt.get(['source', '--download-only', name], dir);
        const description = (await readdir(dir)).find((file) => file.endsWith('.dsc'));
        await rm(into, { recursive: true, force: true });
        // apt has already checked the files against the signed list.
        const unpack = ['--no-check', '--extract', description ?? `nothing for ${name}`, into];
        await reasoned(execa('dpkg-source', unpack, { cwd: dir }));
      }),
  };
}

interface PrivateApt {
  get(args: readonly string[], cwd?: string): Promise<void>;
  versions(...args: string[]): Promise<string[]>;
  inDirectory(work: (directory: string) => Promise<void>): Promise<void>;
}

async function privateApt(name: string, type: string, suite: string): Promise<PrivateApt> {
  const home = join(buildDir, 'apt', name);
  for (const part of ['sources', 'lists/partial', 'cache/archives/partial'])
    await mkdir(join(home, part), { recursive: true });
  const mirror = await findDebianMirror();
  const keyring = keyrings.find((path) => existsSync(path)) ?? keyrings[0];
  await writeFile(
    join(home, 'sources/debian.list'),
    `${type} [signed-by=${keyring} arch=amd64,arm64] ${mirror} ${suite} main\n`,
  );

  const options = Object.entries({
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(home, 'sources'),
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::lists': join(home, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(home, 'cache'),
    'APT::Architectures::': 'arm64',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
  }).flatMap(([option, value]) => ['-o', `${option}=${value}`]);
  const apt: PrivateApt = {
    async get(args, cwd = home) {
      await reasoned(execa('apt-get', [...options, '--quiet=2', ...args], { cwd }));
    },
    async versions(...args) {
      const { stdout } = await execa('apt-cache', [...options, ...args], { reject: false });
      return newestFirst([...stdout.matchAll(/^Version: (\S+)$/gm)].map(([, it = '']) => it));
    },
    async inDirectory(work) {
      const dir = await mkdtemp(join(home, 'package-'));
      try {
        await work(dir);
      } finally {
        await rm(dir, { recursive: true });
      }
    },
  };
  await apt.get(['update', '--error-on=any']);
  return apt;
}

/** Each version once. As this is only the order of attempts, it need not be exact about `~`. */
export function newestFirst(versions: readonly string[]): string[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return [...new Set(versions)].toSorted((a, b) => compare(b, a));
}

/** Replaces the message of an error by that of apt or dpkg. */
async function reasoned(running: PromiseLike<unknown>): Promise<void> {
  try {
    await running;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const said = /^(?:E: |\S+: error: )(.+)$/m.exec(String(error.stderr))?.[1];
    throw new Error(said ?? error.shortMessage, { cause: error });
  }
}

/** The URI of the first Debian archive (not the security archive) among apt's sources. */
export async function findDebianMirror(): Promise<string> {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => []);
  const files = ['/etc/apt/sources.list', ...parts.map((x) => join('/etc/apt/sources.list.d', x))];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const uri = /^(?:URIs:|deb\s+(?:\[[^\]]*\]\s+)?)\s*(\S+\/debian\/?)(?=\s|$)/m.exec(text)?.[1];
    if (uri !== undefined) return uri;
  }
  throw new Error('no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d');
}
