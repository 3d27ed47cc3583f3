import { maskUrl } from '../mask-url.ts';

/** What is known of the parameters when an installation fails; all of it may be missing. */
export interface KnownParameters {
  readonly device?: string | undefined;
  readonly ignitionUrl?: string | undefined;
  readonly imageUrl?: string | undefined;
  readonly platformId?: string | undefined;
}

/**
 * The command to try next: what is known as it was given, what is missing as a word to replace.
 * Passwords are masked, for this line stays on the screen and in the journal.
 */
export function tryAgainCommand(known: KnownParameters): string {
  const words = ['coreos-installer', '-d', known.device ?? 'DEVICE'];
  words.push('-i', known.ignitionUrl ?? 'IGNITION_URL');
  words.push('-b', known.imageUrl ?? 'IMAGE_URL');
  if (known.platformId !== undefined) words.push('-p', known.platformId);
  return words.map((word) => quote(maskUrl(word))).join(' ');
}

/** As a shell reads it back: bare where that is safe, single-quoted otherwise. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
