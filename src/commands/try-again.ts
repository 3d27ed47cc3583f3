import { maskUrl } from '../mask-url.ts';
import type { KnownValues } from '../parameters/find.ts';
import { shellQuote } from '../shell-quote.ts';

/**
 * The command to try next: what is known as it was given, what is missing as a word to replace.
 * Passwords are masked, for this line stays on the screen and in the journal.
 */
export function tryAgainCommand(known: KnownValues): string {
  const words = ['coreos-installer', '-d', known.device ?? 'DEVICE'];
  words.push('-i', known.ignitionUrl ?? 'IGNITION_URL');
  words.push('-b', known.imageUrl ?? 'IMAGE_URL');
  if (known.platformId !== undefined) words.push('-p', known.platformId);
  const { imageHash, checksumUrl, ignitionHash, checkIgnition, keyring } = known;
  if (imageHash !== undefined) words.push('--image-hash', imageHash);
  if (checksumUrl !== undefined) words.push('--checksum-url', checksumUrl);
  if (ignitionHash !== undefined) words.push('--ignition-hash', ignitionHash);
  if (checkIgnition !== undefined) words.push('--check-ignition', checkIgnition);
  if (keyring !== undefined) words.push('--keyring', keyring);
  return words.map((word) => shellQuote(maskUrl(word))).join(' ');
}
