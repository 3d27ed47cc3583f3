import { InputError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { fileNameOf } from '../verify/fetch-checksum.ts';

/** What a file that is packed once is called; an archive stays an archive. */
const packed = /(?<!\.tar)\.(xz|gz|zst)$/i;
/** A file system's limit (NAME_MAX), less what the longest name of a temporary file has around it. */
const mostBytes = 255 - '.coreos-installer...partial.json.4194304.0123456789abcdef'.length;

/**
 * The name that a file at a URL is saved under: the last part of its path. It comes from metadata, or
 * from the author of the URL: what leads elsewhere, or is hidden, is an `InputError`.
 */
export function nameToSave(url: string): string {
  const name = fileNameOf(url);
  const why =
    name === '' || name === '.' || name === '..' || name.includes('/')
      ? 'its path does not end with the name of a file'
      : name.startsWith('.') || /\p{Cc}/u.test(name)
        ? `${JSON.stringify(name)} is no name for a file`
        : Buffer.byteLength(name) > mostBytes
          ? `its name is longer than ${mostBytes} bytes`
          : undefined;
  if (why === undefined) return name;
  throw new InputError({
    code: 'file-name-unusable',
    failed: `Cannot save ${maskUrl(url)}`,
    why,
    next: 'Fetch it with curl -o FILE, or install from the URL.',
  });
}

/** Whether a file is one that can be decompressed, by its name. */
export function isPacked(name: string): boolean {
  return packed.test(name);
}

/** The name without the suffix of its compression. */
export function unpackedName(name: string): string {
  return name.replace(packed, '');
}
