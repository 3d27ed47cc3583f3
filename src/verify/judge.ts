import type { Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import type { Examined, Signature, Verdict } from './gpg-status.ts';

export type Refusal = Reason<FailureCode<'input'>>;

/**
 * Whether an image with these signatures is taken: one of them must be good, and none bad. Gives
 * the good ones, or the reason against it. `keys` says where the keys come from.
 */
export function judge(
  { signatures, said }: Examined,
  keys: string,
): { readonly signers: readonly Signature[] } | Refusal {
  const bad = signatures.find(({ verdict }) => verdict === 'bad');
  const signers = signatures.filter(({ verdict }) => verdict === 'good');
  if (bad === undefined && signers.length > 0) return { signers };
  const [first] = signatures.toSorted((a, b) => order(a) - order(b));
  if (first === undefined) {
    return {
      code: 'signature-unreadable',
      why: `its signature is no detached OpenPGP signature, or is damaged (gpgv: ${said})`,
      next: 'Fetch the signature from the publisher again.',
    };
  }
  return reasons[first.verdict](nameOf(first), keys);
}

/** `Fedora <…> (key 0123…)`. */
export function nameOf({ key, userId }: Signature): string {
  return userId === undefined ? `the key ${key}` : `${userId} (key ${key})`;
}

const order = ({ verdict }: Signature) => Object.keys(reasons).indexOf(verdict);

/** The first one in this order is told. */
const reasons: Readonly<Record<Verdict, (who: string, keys: string) => Refusal>> = {
  bad: (who) => ({
    code: 'signature-mismatch',
    why: `its signature by ${who} does not fit: the image was changed or damaged, or the signature is another file’s`,
    next: 'Fetch the image and its signature from the publisher again.',
  }),
  'revoked-key': (who) => ({
    code: 'signing-key-revoked',
    why: `its signature by ${who} counts for nothing, for the key was revoked`,
    next: 'Take a newer image, and ask the publisher why.',
  }),
  'expired-key': (who) => ({
    code: 'signing-key-expired',
    why: `its signature by ${who} counts for nothing, for the key has expired`,
    next: `Take a newer image, or the renewed key with --keyring. Is this machine’s clock right? It says ${clock()}.`,
  }),
  'expired-signature': (who) => ({
    code: 'signature-expired',
    why: `its signature by ${who} has expired`,
    next: `Take a newer image. Is this machine’s clock right? It says ${clock()}.`,
  }),
  'weak-digest': (who) => ({
    code: 'signature-weak',
    why: `its signature by ${who} is made with MD5, SHA-1 or RIPE-MD/160, which can be forged`,
    next: 'Have it signed again with SHA-256 or SHA-512.',
  }),
  text: (who) => ({
    code: 'signature-unsupported',
    why: `its signature by ${who} is one for text, which does not protect every byte`,
    next: 'Have it signed again without --textmode.',
  }),
  'unknown-key': (who, keys) => ({
    code: 'signing-key-unknown',
    why: `it is signed with ${who}, which is not among the keys of ${keys}`,
    next: 'Get that key from the publisher, and give it with --keyring.',
  }),
  'not-understood': (who) => ({
    code: 'signature-unsupported',
    why: `its signature by ${who} is of a kind that gpgv does not understand`,
    next: 'Install a newer gpgv, or have it signed with another kind of key.',
  }),
  good: (who) => ({
    code: 'signature-unreadable',
    why: `gpgv is not content, though its signature by ${who} is good`,
    next: 'Report this.',
  }),
};

function clock(): string {
  return new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
}
