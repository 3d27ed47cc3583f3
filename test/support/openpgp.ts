import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface KeyOptions {
  /** The current time for gpg, `20200101T000000`. */
  readonly at?: string;
  /** `never`, or a time after `at` such as `1y`. */
  readonly expires?: string;
  /** Digest of the key's signature over itself. */
  readonly selfDigest?: string;
}

export interface SignOptions {
  readonly at?: string;
  readonly digest?: string;
  /** More options of gpg, in place of `--detach-sign`. */
  readonly how?: readonly string[];
}

/** Makes keys and signs images, with GnuPG. */
export interface Publisher extends AsyncDisposable {
  /** Makes a key for `NAME <NAME@example.org>`; gives its fingerprint. */
  makeKey(name: string, options?: KeyOptions): Promise<string>;
  /** One more key for signing, which belongs to the first. */
  addSubkey(name: string, options?: Omit<KeyOptions, 'selfDigest'>): Promise<void>;
  /** The key no longer expires. */
  renew(name: string): Promise<void>;
  revoke(name: string): Promise<void>;
  /** A signature file, with one signature for each name. */
  sign(
    bytes: Uint8Array,
    names: string | readonly string[],
    options?: SignOptions,
  ): Promise<Buffer>;
  /** The public keys of these, or of all. */
  keys(names?: readonly string[], how?: readonly string[]): Promise<Buffer>;
}

/** A publisher with one key, `builder`, and its public half as a keyring with this path. */
export async function builder(keyringPath: string): Promise<Publisher> {
  const them = await publisher();
  await them.makeKey('builder');
  await writeFile(keyringPath, await them.keys());
  return them;
}

export async function publisher(): Promise<Publisher> {
  const home = await mkdtemp(join(tmpdir(), 'gnupg-'));
  const gpg = async (...args: string[]) => {
    const base = ['--homedir', home, '--batch', '--yes', '--quiet', '--pinentry-mode', 'loopback'];
    const env = { LC_ALL: 'C' };
    const result = await execa('gpg', [...base, '--passphrase', '', ...args], {
      encoding: 'buffer',
      // A signature may end with such a byte: one in 256 does.
      stripFinalNewline: false,
      env,
    });
    return Buffer.from(result.stdout);
  };
  let signed = 0;
  const at = (time?: string) => (time === undefined ? [] : ['--faked-system-time', time]);
  const fingerprint = async (name: string) => {
    const listing = (await gpg('--list-keys', '--with-colons', name)).toString();
    return /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? '';
  };
  return {
    async makeKey(name, options = {}) {
      const self = options.selfDigest ? ['--cert-digest-algo', options.selfDigest] : [];
      const generate = ['--quick-generate-key', `${name} <${name}@example.org>`];
      const kind = ['rsa2048', 'sign', options.expires ?? 'never'];
      await gpg(...at(options.at), ...self, ...generate, ...kind);
      return await fingerprint(name);
    },
    async addSubkey(name, options = {}) {
      const kind = ['ed25519', 'sign', options.expires ?? 'never'];
      await gpg(...at(options.at), '--quick-add-key', await fingerprint(name), ...kind);
    },
    async renew(name) {
      await gpg('--quick-set-expire', await fingerprint(name), '0');
    },
    async revoke(name) {
      const path = join(home, 'openpgp-revocs.d', `${await fingerprint(name)}.rev`);
      // gpg puts a colon before the first line.
      const certificate = (await readFile(path, 'utf8')).replace(/^:/m, '');
      await writeFile(path, certificate);
      await gpg('--import', path);
    },
    async sign(bytes, names, options = {}) {
      // Several may be signed at the same time.
      const input = join(home, `input-${++signed}`);
      await writeFile(input, bytes);
      const users = [names].flat().flatMap((name) => ['--local-user', `${name}@example.org`]);
      const digest = options.digest ? ['--digest-algo', options.digest] : [];
      const weak = ['--allow-weak-digest-algos'];
      const how = options.how ?? ['--detach-sign'];
      return await gpg(...at(options.at), ...digest, ...weak, ...users, '-o', '-', ...how, input);
    },
    async keys(names = [], how = []) {
      return await gpg(...how, '--export', ...names.map((name) => `${name}@example.org`));
    },
    async [Symbol.asyncDispose]() {
      await execa('gpgconf', ['--homedir', home, '--kill', 'all']);
      await rm(home, { recursive: true, force: true });
    },
  };
}
