import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** The branch that the test system follows. */
export const branch = 'mini-coreos/x86_64/stable';

/** A key that signs the releases. */
export interface SigningKey {
  id: string;
  /** GnuPG's home directory with the secret half. */
  home: string;
  /** The public half. */
  publicFile: string;
}

/** Makes a key below a directory. */
export async function makeSigningKey(directory: string): Promise<SigningKey> {
  const home = join(directory, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const gpg = async (...words: string[]): Promise<string> => {
    const { stdout } = await execa('gpg', ['--homedir', home, '--batch', '--quiet', ...words]);
    return stdout;
  };
  try {
    const who = 'mini-coreos <mini-coreos@example.net>';
    await gpg('--passphrase', '', '--quick-generate-key', who, 'ed25519', 'sign', 'never');
    const id = /^fpr:+([0-9A-F]+):/m.exec(await gpg('--with-colons', '--list-keys'))?.[1];
    if (id === undefined) throw new Error('no key was made');
    const publicFile = join(directory, 'mini-coreos.gpg');
    await gpg('--output', publicFile, '--export', id);
    return { id, home, publicFile };
  } catch (error) {
    await endAgent(home);
    throw error;
  }
}

/** Ends the agent that GnuPG started for a home directory. */
export async function endAgent(home: string): Promise<void> {
  await execa('gpgconf', ['--homedir', home, '--kill', 'all']);
}

/** Makes an empty repository to be served over HTTP. */
export async function makeRepository(repository: string): Promise<void> {
  await execa('ostree', ['init', `--repo=${repository}`, '--mode=archive']);
  const set = async (key: string, value: string) => {
    await execa('ostree', ['config', `--repo=${repository}`, 'set', key, value]);
  };
  // It is thrown away if the machine stops now.
  await set('core.fsync', 'false');
  await set('archive.zlib-level', '1');
}

/** Commits a release's tree. Returns the commit's checksum. */
export async function commitRelease(
  repository: string,
  tree: string,
  release: string,
  key: SigningKey,
): Promise<string> {
  const { stdout } = await execa('ostree', [
    'commit',
    `--repo=${repository}`,
    `--branch=${branch}`,
    `--tree=dir=${tree}`,
    '--no-xattrs',
    `--add-metadata-string=version=${release}`,
    `--subject=Release ${release}`,
    `--gpg-sign=${key.id}`,
    `--gpg-homedir=${key.home}`,
  ]);
  return stdout.trim();
}
