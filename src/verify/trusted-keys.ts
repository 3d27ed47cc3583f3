import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';
import { type PublicKey, readPublicKeys } from './public-keys.ts';

/** Fedora's keys and Red Hat's; `make keys` renews them. */
const names = ['fedora.asc', 'redhat.asc'];

/**
 * The publishers' keys that are inside this program (`keys/`), and that images are verified with.
 * The keys that the system trusts for its packages are not used: any repository adds keys there.
 */
export function trustedKeys(): PublicKey[] {
  return names.flatMap((name) => readPublicKeys(read(name)));
}

function read(name: string): Uint8Array {
  return isSea()
    ? new Uint8Array(getRawAsset(name))
    : readFileSync(join(import.meta.dirname, '../../keys', name));
}
