/** One place of a glob: which character may be there, or any number of them. */
type Token = typeof many | ((character: string) => boolean);
const many = Symbol('*');

/** Whether a text is what a glob describes. */
export type Glob = (text: string) => boolean;

/**
 * Understands `*`, `?`, `[ab]`, `[a-z]` and `[!a]`; every other character is itself. Undefined for a
 * text that is no glob. The time that a match takes grows with the product of both lengths at most.
 */
export function parseGlob(text: string): Glob | undefined {
  if (text.includes('***')) return undefined;
  const parts = text.match(/\*+|\?|\[!?.[^\]]*\]|[^*?[]/gsu) ?? [];
  if (parts.join('') !== text) return undefined;
  const tokens: Token[] = [];
  for (const part of parts) {
    const token = tokenOf(part);
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return (candidate) => matches(tokens, [...candidate]);
}

function tokenOf(part: string): Token | undefined {
  if (part.startsWith('*')) return many;
  if (part === '?') return () => true;
  if (!part.startsWith('[') || part.length === 1) return (character) => character === part;
  const isOpposite = part.startsWith('[!');
  const ranges = rangesOf([...part.slice(isOpposite ? 2 : 1, -1)]);
  if (ranges.length === 0 || ranges.some(([from, to]) => to < from)) return undefined;
  return (character) => {
    const point = pointOf(character);
    return ranges.some(([from, to]) => point >= from && point <= to) !== isOpposite;
  };
}

/** A hyphen is a range between two characters, and itself at either end. */
function rangesOf(set: readonly string[]): [from: number, to: number][] {
  const [first, second, third, ...rest] = set;
  if (first === undefined) return [];
  if (second === '-' && third !== undefined)
    return [[pointOf(first), pointOf(third)], ...rangesOf(rest)];
  return [[pointOf(first), pointOf(first)], ...rangesOf(set.slice(1))];
}

const pointOf = (character: string) => character.codePointAt(0) ?? 0;

/** Only the last `*` is tried again: what those before it took can stay as it is. */
function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let retry: { readonly token: number; at: number } | undefined;
  while (at < characters.length) {
    const here = tokens[token];
    if (here === many) {
      retry = { token: token + 1, at };
      token++;
    } else if (here?.(characters[at] as string)) {
      token++;
      at++;
    } else if (retry) {
      retry.at++;
      token = retry.token;
      at = retry.at;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === many);
}
