import { algorithmName, type Digest, type DigestAlgorithm, digestOfHex } from '../lib/digest.ts';
import { InputError } from '../lib/errors.ts';

/** One line of a checksum file. */
interface Entry {
  /** Undefined for a bare digest. */
  readonly fileName: string | undefined;
  /** Undefined where the algorithm is too weak to be trusted. */
  readonly digest: Digest | undefined;
}

const bsdLine = /^(?<name>[A-Za-z0-9-]+) ?\((?<file>.+)\) ?= ?(?<hex>[0-9A-Fa-f]+)$/;
const gnuLine = /^(?<escaped>\\)?(?<hex>[0-9A-Fa-f]{32,128})(?: [ *](?<file>.+))?$/;

/**
 * Looks up a file's digest in the text of a checksum file named `name`: what `sha256sum` and
 * `sha512sum` print, also with `--tag`, what Fedora publishes as CHECKSUM, or one bare digest.
 * Other lines are taken for comments. Throws `InputError` when the file is not listed, is listed
 * with different digests, or with weak ones only.
 */
export function digestIn(text: string, fileName: string, name: string): Digest {
  const entries = text.split(/\r?\n/).flatMap(readLine);
  const refuse = (why: string) =>
    new InputError({
      code: 'checksum-file-unusable',
      failed: `Cannot find the digest of ${fileName} in ${name}`,
      why,
      next: 'Check that it is the checksum file of this image, or give the digest with --image-hash.',
    });
  const [only] = entries;
  const alone = entries.length === 1 && (only?.fileName === undefined || only.fileName === '-');
  const own = alone ? entries : entries.filter((entry) => entry.fileName === fileName);
  if (own.length === 0) throw refuse(`it ${whatItLists(entries)}`);
  const digests = own.flatMap(({ digest }) => digest ?? []);
  for (const algorithm of ['sha512', 'sha256'] satisfies DigestAlgorithm[]) {
    const [first, ...others] = digests.filter((digest) => digest.algorithm === algorithm);
    if (first === undefined) continue;
    if (others.every(({ hex }) => hex === first.hex)) return first;
    throw refuse(`it lists that file with different ${algorithmName(algorithm)} digests`);
  }
  throw refuse('it lists that file with MD5, SHA-1 or other digests, not with SHA-256 or SHA-512');
}

function readLine(line: string): Entry[] {
  const trimmed = line.trim();
  const bsd = bsdLine.exec(trimmed)?.groups;
  if (bsd !== undefined) {
    const digest = digestOfHex(bsd['hex'] ?? '');
    const named = bsd['name']?.toLowerCase().replace(/^sha(2?-)?/, 'sha') === digest?.algorithm;
    return [{ fileName: baseName(bsd['file']), digest: named ? digest : undefined }];
  }
  const gnu = gnuLine.exec(trimmed)?.groups;
  if (gnu === undefined) return [];
  const file = gnu['escaped'] ? gnu['file']?.replaceAll('\\\\', '\\') : gnu['file'];
  return [{ fileName: baseName(file), digest: digestOfHex(gnu['hex'] ?? '') }];
}

function baseName(path: string | undefined): string | undefined {
  return path?.split('/').at(-1);
}

function whatItLists(entries: readonly Entry[]): string {
  const names = [...new Set(entries.flatMap(({ fileName }) => fileName ?? []))];
  if (names.length === 0) return 'lists no file at all';
  // The names go to a console, and come from a server.
  const shown = names.slice(0, 3).map((one) => JSON.stringify(one.slice(0, 80)));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return `does not list that file, but ${shown.join(', ')}${more}`;
}
