/**
 * JSON as Go's encoder writes it, which fcct was built on: characters that are special in HTML, and
 * the two line separators that were special in JavaScript, are escaped.
 */
export function goJson(value: unknown, pretty: boolean): string {
  return JSON.stringify(value, null, pretty ? 2 : undefined)
    .replace(/\\[bf\\]/g, (written) => shortEscapes[written] ?? written)
    .replace(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

const shortEscapes: Readonly<Record<string, string>> = { '\\b': '\\u0008', '\\f': '\\u000c' };
