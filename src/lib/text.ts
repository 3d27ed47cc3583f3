/** Control characters and those that have no glyph, which could move the cursor or hide a line. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text from a disk, a server or a file, made safe for a terminal: such characters become `?`. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, '?');
}

/** JSON with the same meaning, safe for a terminal: they are escaped. */
export function printableJson(json: string): string {
  return json.replaceAll(unprintable, (character) =>
    character === '\n' || character === '\t'
      ? character
      : [...Array(character.length).keys()]
          .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

/** A word as a shell reads it back: bare where that is safe, single-quoted otherwise. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What templates leave when nobody fills them in; no URL, key or hash contains these. */
const placeholder = /\$\{[^}]*\}|\{\{.*?\}\}|%\{[^}]*\}|\$\([^)]*\)|^<[^<>]*>$/;

/** Whether a short text is or contains a placeholder that a template should have filled in. */
export const isPlaceholder = (text: string) => placeholder.test(text.slice(0, 4096));
