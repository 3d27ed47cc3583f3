import { readPublicKeys } from './public-keys.ts';
import { trustedKeys } from './trusted-keys.ts';

/** Public keys to check signatures with. */
export interface Keyring {
  /** Where they come from. */
  readonly name: string;
  /** A binary OpenPGP keyring, or a GnuPG keybox: what gpgv reads. */
  readonly bytes: Uint8Array;
}

/** The keys inside this program. */
export function trustedKeyring(): Keyring {
  return { name: 'this program', bytes: join(trustedKeys()) };
}

/** The keys that gpgv can use in a file's bytes, or the reason why there are none. */
export function toKeyring(name: string, file: Uint8Array): Keyring | { readonly why: string } {
  if (isKeybox(file)) return { name, bytes: file };
  const keys = readPublicKeys(file);
  if (keys.length === 0) return { why: 'there are no OpenPGP public keys in it' };
  const usable = keys.filter(({ version }) => version === 4);
  if (usable.length > 0) return { name, bytes: join(usable) };
  return { why: `gpgv cannot use its keys, which are of version ${keys[0]?.version}` };
}

const join = (keys: readonly { bytes: Uint8Array }[]) => Buffer.concat(keys.map((it) => it.bytes));

function isKeybox(file: Uint8Array): boolean {
  return Buffer.from(file.subarray(8, 12)).toString('latin1') === 'KBXf';
}
