import { Lexer, LineCounter } from 'yaml';
import { typographicQuote, unseenBlank, unseenName, zeroWidth } from '../../lib/unseen.ts';
import type { Findings } from './findings.ts';
import { type Place, placeAt } from './yaml-places.ts';

/**
 * Finds invisible characters and typographic quotes that are used instead of YAML's own: in the
 * indentation and after a colon or dash, which is an error, as whole parts of a config would become
 * text; around a value, which is a warning. Quoted text, block scalars and comments may contain
 * any.
 */
export function reportUnseen(text: string, findings: Findings): void {
  if (!unseenBlank.test(text) && !typographicQuote.test(text)) return;
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1))
    lines.addNewLine(end + 1);
  for (const plain of plainScalars(text))
    reportPlain(plain, (index) => placeAt(lines.linePos(plain.offset + index), []), findings);
}

interface PlainScalar {
  readonly text: string;
  readonly offset: number;
  /** Whether only spaces and dashes are before it on its line. */
  readonly lineStart: boolean;
  /** Whether a colon follows. */
  readonly isKey: boolean;
}

const scalarMark = '\u001f';
/** The lexer's own tokens, which have no text. */
const isMark = (token: string) => [scalarMark, '\u0002', '\u0018'].includes(token);

function* plainScalars(text: string): Generator<PlainScalar> {
  let offset = 0;
  let lineStart = true;
  let block = false;
  let scalar = false;
  let last: Omit<PlainScalar, 'isKey'> | undefined;
  for (const token of new Lexer().lex(text)) {
    if (isMark(token)) {
      scalar = token === scalarMark;
      continue;
    }
    if (last !== undefined) yield { ...last, isKey: token === ':' };
    last = scalar && !block ? { text: token, offset, lineStart } : undefined;
    // What follows | or > is text, perhaps after a comment.
    block = !scalar && (/^[|>]/.test(token) || (block && /^[\s#]/.test(token)));
    if (token.includes('\n')) lineStart = token.endsWith('\n');
    else if (!/^([ \t]+|[-?])$/.test(token)) lineStart = false;
    scalar = false;
    offset += token.length;
  }
  if (last !== undefined) yield { ...last, isKey: false };
}

/** What looks like an entry of a list or a mapping. */
const entryLike = /^\s*(-\s|[\w-]+:)/;
/** A dash, or a key and a colon, that something else than a space follows. */
const mark = /^[ \t]*(?:-(?![\w-])|[\w-]+:)/;

function reportPlain(
  { text, lineStart, isKey }: PlainScalar,
  at: (index: number) => Place,
  findings: Findings,
): void {
  let start = 0;
  for (const line of text.split('\n')) {
    const end = start + line.length;
    const structure =
      start > 0 || lineStart ? wrongStructure(line, isKey && end === text.length) : undefined;
    if (structure !== undefined) {
      const [index, what] = structure;
      findings.error(
        at(start + index),
        `${unseenName(line.charAt(index))} ${what}`,
        'Replace it with a space.',
      );
    } else if (!findings.full) {
      const [index, next] = oddInside(line) ?? [-1, ''];
      const message = `${unseenName(line.charAt(index))} is taken as a part of the text`;
      if (index >= 0) findings.warn(at(start + index), message, next);
    }
    start = end + 1;
  }
}

/** Where a character is used instead of one of YAML's own in a line, and what it does there. */
function wrongStructure(line: string, isKey: boolean): [index: number, what: string] | undefined {
  const first = line.search(/[^ \t]/);
  if (unseenBlank.test(line.charAt(first)))
    return isKey || entryLike.test(visible(line)) ? [first, 'is in the indentation'] : undefined;
  const behind = mark.exec(line)?.[0].length ?? 0;
  if (behind === 0 || !unseenBlank.test(line.charAt(behind))) return undefined;
  const what = line.charAt(behind - 1) === '-' ? 'dash' : 'colon';
  return [behind, `follows the ${what}, where YAML requires a space`];
}

/** As it looks: with a space for every invisible character. */
const visible = (line: string) => line.replace(new RegExp(unseenBlank, 'gu'), ' ');

/** A character that hardly belongs in a text, and what to do about it. */
function oddInside(line: string): [index: number, next: string] | undefined {
  const first = line.search(/[^ \t]/);
  const last = line.trimEnd().length - 1;
  if (unseenBlank.test(line.charAt(first))) return [first, 'Replace it with a space.'];
  for (const index of [first, last])
    if (typographicQuote.test(line.charAt(index))) return [index, 'Replace it with ".'];
  const hidden = line.search(zeroWidth);
  return hidden < 0 ? undefined : [hidden, 'Remove it.'];
}
