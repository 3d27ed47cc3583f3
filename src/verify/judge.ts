import type { Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import type { Examined, Signature, Verdict } from './gpg-status.ts';

export type Refusal = Reason<FailureCode<'input'>>;

/**
 * Whether an image with these signatures is accepted: one of them must be good, and none bad.
 * Returns the good ones, or the reason against it. `keys` says where the keys come from.
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
      why: `its signature is not a detached OpenPGP signature, or is damaged (gpgv: ${said})`,
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

/** The first one in this order is reported. */
const reasons: Readonly<Record<Verdict, (who: string, keys: string) => Refusal>> = {
  bad: (who) => ({
    code: 'signature-mismatch',
    why: `its signature by ${who} does not match: the image was changed or damaged, or the signature is for another file`,
    next: 'Fetch the image and its signature from the publisher again.',
  }),
  'revoked-key': (who) => ({
    code: 'signing-key-revoked',
    why: `its signature by ${who} is not accepted: the key was revoked`,
    next: 'Use a newer image, and ask the publisher why.',
  }),
  'expired-key': (who) => ({
    code: 'signing-key-expired',
    why: `its signature by ${who} is not accepted: the key has expired`,
    next: `Use a newer image, or give the renewed key with --keyring. Check this machine’s clock: it says ${clock()}.`,
  }),
  'expired-signature': (who) => ({
    code: 'signature-expired',
    why: `its signature by ${who} has expired`,
    next: `Use a newer image. Check this machine’s clock: it says ${clock()}.`,
  }),
  'weak-digest': (who) => ({
    code: 'signature-weak',
    why: `its signature by ${who} uses MD5, SHA-1 or RIPE-MD/160, which can be forged`,
    next: 'Have it signed again with SHA-256 or SHA-512.',
  }),
  text: (who) => ({
    code: 'signature-unsupported',
    why: `its signature by ${who} is a text-mode signature, which does not protect every byte`,
    next: 'Have it signed again without --textmode.',
  }),
  'unknown-key': (who, keys) => ({
    code: 'signing-key-unknown',
    why: `it is signed with ${who}, which is not among the keys of ${keys}`,
    next: 'Get that key from the publisher, and give it with --keyring.',
  }),
  'not-understood': (who) => ({
    code: 'signature-unsupported',
    why: `its signature by ${who} is of a kind that gpgv does not support`,
    next: 'Install a newer gpgv, or have it signed with another kind of key.',
  }),
  good: (who) => ({
    code: 'signature-unreadable',
    why: `gpgv rejects it, although its signature by ${who} is good`,
    next: 'Report this.',
  }),
};

function clock(): string {
  return new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
}
