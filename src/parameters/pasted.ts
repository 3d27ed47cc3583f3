import { isPlaceholder } from '../lib/placeholder.ts';
import { typographicQuote, unseenBlank, unseenName } from '../lib/unseen.ts';

/**
 * What was pasted together with a value, or in its place: characters that one does not see,
 * typographic quotes around it. Part of a sentence.
 */
export function objectionToPasted(value: string): string | undefined {
  const characters = [...value];
  const at = characters.findIndex(
    (character, index) =>
      unseenBlank.test(character) ||
      ((index === 0 || index === characters.length - 1) && typographicQuote.test(character)),
  );
  const name = unseenName(characters[at] ?? '');
  return name && `its character ${at + 1} is ${name}; type it anew there`;
}

/** Whether a template should have filled in a part of the URL. */
export function objectionToPlaceholder(url: string): string | undefined {
  return isPlaceholder(url) ? 'it holds a placeholder that was not filled in' : undefined;
}
