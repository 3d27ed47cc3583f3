/**
 * What gpgv says of one signature (GnuPG, doc/DETAILS, "Format of the --status-fd output").
 *
 * - `good`: by a key of the keyring, over exactly these bytes.
 * - `bad`: by a key of the keyring, over other bytes.
 * - `text`: good, but line ends and spaces could have been changed.
 * - `unknown-key`: cannot be checked, since the key is missing.
 */
export type Verdict =
  | 'good'
  | 'bad'
  | 'text'
  | 'expired-signature'
  | 'expired-key'
  | 'revoked-key'
  | 'unknown-key'
  | 'weak-digest'
  | 'not-understood';

export interface Signature {
  readonly verdict: Verdict;
  /** Fingerprint of the primary key where it is known, else the key's id. */
  readonly key: string;
  /** `Fedora (32) <fedora-32-primary@fedoraproject.org>`; undefined for an unknown key. */
  readonly userId: string | undefined;
}

/** What gpgv has made of a signature file. */
export interface Examined {
  readonly signatures: readonly Signature[];
  /** Its message, or its exit code. */
  readonly said: string;
}

const verdicts: Readonly<Record<string, Verdict>> = {
  GOODSIG: 'good',
  BADSIG: 'bad',
  EXPSIG: 'expired-signature',
  EXPKEYSIG: 'expired-key',
  REVKEYSIG: 'revoked-key',
};

/** RFC 9580 section 9.5: MD5, SHA-1 and RIPE-MD/160 */
const weakDigests = ['1', '2', '3'];
/** libgpg-error's number for a missing public key. */
const noPublicKey = '9';
/** RFC 9580 section 5.2.1: of a binary document. */
const binary = '00';

/** Reads the status lines of gpgv: one entry for each signature, in their order. */
export function readStatus(text: string): Signature[] {
  const signatures: Signature[] = [];
  for (const line of text.split('\n')) {
    const [prefix, keyword = '', ...words] = line.trimEnd().split(' ');
    if (prefix !== '[GNUPG:]') continue;
    const verdict = verdicts[keyword];
    if (verdict !== undefined) signatures.push(checked(verdict, words));
    else if (keyword === 'ERRSIG') signatures.push(unchecked(words));
    else if (keyword === 'VALIDSIG') signatures.push(identified(signatures.pop(), words));
  }
  return signatures;
}

/** `GOODSIG keyid userid` and the like. */
function checked(verdict: Verdict, [key = '', ...userId]: string[]): Signature {
  return { verdict, key, userId: userId.join(' ').replaceAll(/\p{Cc}/gu, '?') };
}

/** `ERRSIG keyid pkalgo hashalgo class time rc fingerprint`. */
function unchecked([keyId = '', , digest = '', , , reason, fingerprint]: string[]): Signature {
  const key = fingerprint === undefined || fingerprint === '-' ? keyId : fingerprint;
  const otherwise = weakDigests.includes(digest) ? 'weak-digest' : 'not-understood';
  return { verdict: reason === noPublicKey ? 'unknown-key' : otherwise, key, userId: undefined };
}

/** `VALIDSIG fingerprint date time expires version - pkalgo hashalgo class primary`. */
function identified(signature: Signature | undefined, words: string[]): Signature {
  if (signature === undefined) throw new Error('gpgv names a signer before its verdict');
  const [fingerprint = '', , , , , , , digest = '', type, primary = fingerprint] = words;
  const named = { ...signature, key: primary };
  if (signature.verdict !== 'good') return named;
  if (weakDigests.includes(digest)) return { ...named, verdict: 'weak-digest' };
  return type === binary ? named : { ...named, verdict: 'text' };
}
