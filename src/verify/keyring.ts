import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ParameterError } from '../errors.ts';

/** Where distributions keep the keys that they sign with. */
const systemDirectories = ['/etc/pki/rpm-gpg', '/usr/share/distribution-gpg-keys/fedora'];

/** Public keys to check signatures with. */
export interface Keyring {
  /** Where they come from. */
  readonly name: string;
  /** A binary OpenPGP keyring, or a GnuPG keybox: what gpgv reads. */
  readonly bytes: Uint8Array;
}

/** The keys in one file that the user named. Throws `ParameterError` when it holds none. */
export async function readKeyring(path: string): Promise<Keyring> {
  const failed = `Cannot use ${path} as keyring`;
  const next = 'Give a file with public keys, as gpg --export writes it.';
  let file: Uint8Array;
  try {
    file = await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? message);
    throw new ParameterError({ failed, why, next }, { cause });
  }
  const bytes = isKeybox(file) ? file : publicKeys(file);
  if (bytes === undefined) {
    throw new ParameterError({ failed, why: 'there are no OpenPGP public keys in it', next });
  }
  return { name: path, bytes };
}

/** All keys in the system's directories; undefined where there are none. */
export async function systemKeyring(
  directories: readonly string[] = systemDirectories,
): Promise<Keyring | undefined> {
  const keys = new Map<string, Uint8Array>();
  const names: string[] = [];
  for (const directory of directories) {
    const found = await keysIn(directory);
    if (found.length > 0) names.push(directory);
    // Most of the files are links to the others.
    for (const bytes of found) keys.set(Buffer.from(bytes).toString('latin1'), bytes);
  }
  if (names.length === 0) return undefined;
  return { name: names.join(' and '), bytes: Buffer.concat([...keys.values()]) };
}

async function keysIn(directory: string): Promise<Uint8Array[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.sort().map((name) => readFile(join(directory, name)).catch(() => undefined));
  const contents = await Promise.all(files);
  return contents.flatMap((file) => (file && publicKeys(file)) ?? []);
}

/** The binary form of the keys in a file (RFC 9580 sections 4.2 and 6.2); undefined without any. */
function publicKeys(file: Uint8Array): Uint8Array | undefined {
  if (isPublicKeyPacket(file[0])) return file;
  const armour =
    /^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n]+\r?\n)*[ \t]*\r?\n([A-Za-z0-9+/=\s]+?)(?:^=[A-Za-z0-9+/]{4}\s*)?^-----END PGP PUBLIC KEY BLOCK-----/gm;
  const blocks = [...Buffer.from(file).toString('latin1').matchAll(armour)]
    .map(([, base64 = '']) => Buffer.from(base64, 'base64'))
    .filter((block) => isPublicKeyPacket(block[0]));
  return blocks.length === 0 ? undefined : Buffer.concat(blocks);
}

/** Tag 6, in the old format of packet headers or in the new one. */
function isPublicKeyPacket(firstByte = 0): boolean {
  return (firstByte & 0xfc) === 0x98 || firstByte === 0xc6;
}

function isKeybox(file: Uint8Array): boolean {
  return Buffer.from(file.subarray(8, 12)).toString('latin1') === 'KBXf';
}
