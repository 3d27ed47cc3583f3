/** How deeply arrays and objects of a JSON text are nested, and how many values it has. */
export function jsonSize(text: string): { readonly depth: number; readonly values: number } {
  let level = 0;
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at);
    else if (character === '[' || character === '{') {
      level += 1;
      depth = Math.max(depth, level);
      values += 1;
    } else if (character === ']' || character === '}') level -= 1;
    else if (character === ',') values += 1;
  }
  return { depth, values };
}

/** Where the string that begins at `at` has its closing quote. */
function stringEnd(text: string, at: number): number {
  let end = at;
  let backslashes = 0;
  do {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
  } while (backslashes % 2 === 1);
  return end;
}
