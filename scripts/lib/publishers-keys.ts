import { type PublicKey, readPublicKeys } from '../../src/verify/public-keys.ts';

/** A key, with the armoured block that contains it. */
export interface Block {
  readonly key: PublicKey;
  readonly text: string;
}

/** A file in keys/: from which files of the package distribution-gpg-keys it is made. */
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
    // Guides from 2019 name the image of 31; images of the releases in between are no longer published.
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
 * The keys of a publisher, by the age of their release; `files` are names and contents. A key in several
 * files is taken from the newest one, where its self-signature may use a better digest. Keys that gpgv
 * cannot read (version 6) or that are not RSA (Red Hat's DSA key of 1024 bits) are left out.
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

/** The text of a file in keys/. */
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
This program cannot verify images of newer releases. Run make keys, and commit the changes.`;
}

const day = (date: Date) => date.toISOString().slice(0, 10);
