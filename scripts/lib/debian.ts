import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
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
  for (const name of ['sources', 'lists/partial', 'cache/archives/partial', 'packages'])
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
  const aptGet = (...args: string[]) =>
    execa('apt-get', [...options, '--quiet=2', ...args], { cwd: join(home, 'packages') });

  await aptGet('update', '--error-on=any');

  return {
    async extract(name, into, sha256) {
      const { stdout } = await aptGet('download', '--print-uris', name);
      const file = /^'.*' (\S+) /.exec(stdout)?.[1];
      if (file === undefined) throw new Error(`apt names no file for ${name}: ${stdout}`);
      await aptGet('download', name);
      const path = join(home, 'packages', file);
      if (sha256 !== undefined) {
        const found = createHash('sha256')
          .update(await readFile(path))
          .digest('hex');
        if (found !== sha256) throw new Error(`${file} has SHA-256 ${found}, expected ${sha256}`);
      }
      await mkdir(into, { recursive: true });
      await execa('dpkg-deb', ['--extract', path, into]);
    },
  };
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
