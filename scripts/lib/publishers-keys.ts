import { type PublicKey, readPublicKeys } from '../../src/verify/public-keys.ts';

/** A key, with the armoured block that holds it. */
export interface Block {
  readonly key: PublicKey;
  readonly text: string;
}

/** A file in keys/: which files of the package distribution-gpg-keys it is made from. */
export interface Publisher {
  readonly name: string;
  readonly file: string;
  /** The directory in the package. */
  readonly directory: string;
  /** The release that a file is for; undefined for a file that is not wanted. */
  readonly releaseOf: (file: string) => number | undefined;
}

const numberIn = (pattern: RegExp) => (file: string) => {
  const number = pattern.exec(file)?.[1];
  return number === undefined ? undefined : Number(number);
};

const fedoraRelease = numberIn(/^RPM-GPG-KEY-fedora-(\d+)-primary$/);
const redHatRelease = numberIn(/^RPM-GPG-KEY-redhat(\d+)-release(?:-without-PQC)?$/);

export const publishers: readonly Publisher[] = [
  {
    name: 'Fedora',
    file: 'fedora.asc',
    directory: 'fedora',
    // 31's image is the one that guides of its time name; those between are not published any more.
    releaseOf(file) {
      const release = fedoraRelease(file);
      return release !== undefined && (release === 31 || release >= 40) ? release : undefined;
    },
  },
  {
    name: 'Red Hat',
    file: 'redhat.asc',
    directory: 'redhat',
    releaseOf(file) {
      const release = redHatRelease(file);
      return release !== undefined && release >= 8 ? release : undefined;
    },
  },
];

/**
 * The keys of a publisher, by the age of their release; `files` are names and contents. A key that
 * stands in several is taken from the newest, where it may be signed by itself with a better digest.
 * Left out is what gpgv cannot read (version 6), and what is no RSA: Red Hat's DSA key of 1024 bits.
 */
export function chooseKeys(
  publisher: Publisher,
  files: ReadonlyMap<string, string>,
): readonly Block[] {
  const dated = [...files].flatMap(([name, text]) => {
    const release = publisher.releaseOf(name);
    return release === undefined ? [] : [{ release, text }];
  });
  const blocks = dated
    .toSorted((a, b) => a.release - b.release)
    .flatMap(({ text }) => blocksOf(text));
  const usable = blocks.filter(({ key }) => key.version === 4 && key.algorithm === 1);
  return [...new Map(usable.map((block) => [block.key.fingerprint, block])).values()];
}

function blocksOf(text: string): Block[] {
  const whole = /^-----BEGIN PGP PUBLIC KEY BLOCK-----$.*?^-----END PGP PUBLIC KEY BLOCK-----$/gms;
  return [...text.matchAll(whole)].flatMap(([block]) => {
    const [key, ...more] = readPublicKeys(Buffer.from(block));
    if (more.length > 0) throw new Error(`several keys in one block: ${key?.userId}`);
    return key === undefined ? [] : [{ key, text: block }];
  });
}

/** What stands in a file of keys/. */
export function formatKeys(publisher: Publisher, blocks: readonly Block[], origin: string): string {
  const parts = blocks.map(
    ({ key, text }) => `${key.userId}\n${key.fingerprint}, made on ${day(key.madeAt)}\n\n${text}\n`,
  );
  const head = `${publisher.name}'s public keys, from ${origin}. Written by "make keys".\n`;
  return [head, ...parts].join('\n');
}

const yearMs = 365 * 24 * 60 * 60 * 1000;

/** A sentence when the newest key was made more than a year ago: newer releases have another. */
export function describeAge(keys: readonly PublicKey[], now: Date): string | undefined {
  const newest = new Date(Math.max(...keys.map(({ madeAt }) => madeAt.getTime())));
  if (now.getTime() - newest.getTime() <= yearMs) return undefined;
  return `The newest of Fedora's keys in keys/fedora.asc was made on ${day(newest)}, more than a year ago.
Images of newer releases will not be verified by this program. Run make keys, and commit what it changes.`;
}

const day = (date: Date) => date.toISOString().slice(0, 10);
