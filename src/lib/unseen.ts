/** Names of characters that are invisible, or look like others, by code point. */
const names: Readonly<Record<number, string>> = {
  160: 'a no-break space',
  173: 'a soft hyphen',
  5760: 'an Ogham space',
  6158: 'a Mongolian vowel separator',
  8199: 'a figure space',
  8200: 'a punctuation space',
  8201: 'a thin space',
  8202: 'a hair space',
  8203: 'a zero-width space',
  8204: 'a zero-width non-joiner',
  8205: 'a zero-width joiner',
  8232: 'a line separator',
  8233: 'a paragraph separator',
  8239: 'a narrow no-break space',
  8287: 'a mathematical space',
  8288: 'a word joiner',
  12288: 'an ideographic space',
  65279: 'a zero-width no-break space',
  171: 'a typographic quotation mark',
  187: 'a typographic quotation mark',
  8216: 'a typographic quotation mark',
  8217: 'a typographic quotation mark',
  8218: 'a typographic quotation mark',
  8220: 'a typographic quotation mark',
  8221: 'a typographic quotation mark',
  8222: 'a typographic quotation mark',
};

const spaces =
  '\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff\\u200b-\\u200d\\u2060\\u00ad';
const directions = '\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
const quotes = '\\u00ab\\u00bb\\u2018-\\u201a\\u201c-\\u201e';

/** What looks like a space, or is invisible. */
export const unseenBlank = new RegExp(`[${spaces}${directions}]`, 'u');
/** Invisible characters that no text needs. */
export const zeroWidth = new RegExp(`[\\u00ad\\u200b\\u2060\\ufeff${directions}]`, 'u');
export const typographicQuote = new RegExp(`[${quotes}]`, 'u');

/** `a no-break space (U+00A0)` for such a character; undefined for an ordinary one. */
export function unseenName(character: string): string | undefined {
  if (!unseenBlank.test(character) && !typographicQuote.test(character)) return undefined;
  const code = character.codePointAt(0) ?? 0;
  const wide =
    code >= 0x2000 && code <= 0x200a ? 'a wide space' : 'a mark for the direction of text';
  return `${names[code] ?? wide} (U+${code.toString(16).toUpperCase().padStart(4, '0')})`;
}
