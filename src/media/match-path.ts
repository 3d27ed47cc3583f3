/**
 * Whether all of a text matches a pattern: `*` is any text, slashes included, `?` one character, `[a-c]`
 * one of these, `[!a-c]` none of them. Needs at most the product of both lengths.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const tokens = pattern.match(/\[!?\]?[^\]]*\]|./gsu) ?? [];
  const characters = [...text];
  let at = 0;
  let token = 0;
  // Where to go on with the last star taking one character more.
  let retry: { token: number; at: number } | undefined;
  while (at < characters.length || token < tokens.length) {
    const wanted = tokens[token];
    if (wanted === '*') {
      retry = { token, at: at + 1 };
      token += 1;
    } else if (
      wanted !== undefined &&
      at < characters.length &&
      fits(wanted, characters[at] as string)
    ) {
      token += 1;
      at += 1;
    } else if (retry !== undefined && retry.at <= characters.length) {
      token = retry.token;
      at = retry.at;
      retry = undefined;
    } else return false;
  }
  return true;
}

function fits(token: string, character: string): boolean {
  if (token === '?') return true;
  if (token.length < 3 || !token.startsWith('[')) return token === character;
  const isNegated = token[1] === '!';
  const members = [...token.slice(isNegated ? 2 : 1, -1)];
  let found = false;
  for (let index = 0; index < members.length; index += 1) {
    const first = members[index] as string;
    const isRange = members[index + 1] === '-' && index + 2 < members.length;
    const last = isRange ? (members[index + 2] as string) : first;
    if (isRange) index += 2;
    found ||= first <= character && character <= last;
  }
  return found !== isNegated;
}
