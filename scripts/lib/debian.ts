import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildDir } from './paths.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Reads packages of one Debian suite; see `openSuite`. */
export interface Suite {
  /**
   * Unpacks a package below `into`. `name` is `package:architecture` or
   * `package:architecture=version`; `sha256` pins its content.
   */
  extract(name: string, into: string, sha256?: string): Promise<void>;
}

/**
 * Gives access to another Debian suite than the machine's own, without touching the machine: apt
 * runs with its own sources, lists, cache and (empty) package state below `build/apt`. The mirror
 * and the way to it (proxy, certificates) are the machine's; signatures are checked as always.
 *
 * Throws where there is no apt, no Debian mirror among the machine's sources, or no network.
 */
export async function openSuite(suite: string): Promise<Suite> {
  const home = join(buildDir, 'apt', suite);
  for (const name of ['sources', 'lists/partial', 'cache/archives/partial'])
    await mkdir(join(home, name), { recursive: true });
  const mirror = await findDebianMirror();
  await writeFile(
    join(home, 'sources/debian.list'),
    `deb [signed-by=${keyring} arch=amd64,arm64] ${mirror} ${suite} main\n`,
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
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const aptGet = (args: readonly string[], cwd = home) =>
    execa('apt-get', [...options, '--quiet=2', ...args], { cwd });

  await aptGet(['update', '--error-on=any']);

  return {
    async extract(name, into, sha256) {
      // apt gives the file a name of its own making, so it gets a directory for itself.
      const dir = await mkdtemp(join(home, 'package-'));
      try {
        await aptGet(['download', name], dir);
        const [file] = await readdir(dir);
        if (file === undefined) throw new Error(`apt has downloaded nothing for ${name}`);
        const path = join(dir, file);
        if (sha256 !== undefined) await requireSha256(path, sha256);
        await mkdir(into, { recursive: true });
        await execa('dpkg-deb', ['--extract', path, into]);
      } finally {
        await rm(dir, { recursive: true });
      }
    },
  };
}

async function requireSha256(path: string, expected: string): Promise<void> {
  const found = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (found !== expected) throw new Error(`${path} has SHA-256 ${found}, expected ${expected}`);
}

/** The URI of the first Debian archive (not the security archive) among apt's sources. */
async function findDebianMirror(): Promise<string> {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => []);
  const files = ['/etc/apt/sources.list', ...parts.map((x) => join('/etc/apt/sources.list.d', x))];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const uri = /^(?:URIs:|deb\s+(?:\[[^\]]*\]\s+)?)\s*(\S+\/debian\/?)(?=\s|$)/m.exec(text)?.[1];
    if (uri !== undefined) return uri;
  }
  throw new Error('no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d');
}
