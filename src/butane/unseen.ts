import { Lexer, LineCounter } from 'yaml';
import { typographicQuote, unseenBlank, unseenName, zeroWidth } from '../unseen.ts';
import type { Findings } from './findings.ts';
import { type Place, placeAt } from './places.ts';

/**
 * Finds characters that one does not see, and typographic quotes, where they stand for YAML's own:
 * in the indentation and behind a colon or dash, which is an error, as whole parts of a config
 * would become text; around a value, which is told. Quoted text, block scalars and comments may
 * hold any.
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
  /** Whether nothing but blanks and dashes stands before it on its line. */
  readonly lineStart: boolean;
  /** Whether a colon follows. */
  readonly isKey: boolean;
}

const scalarMark = '\u001f';
/** The lexer's own tokens, which stand for nothing in the text. */
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
    // What follows | or > is text, behind a comment perhaps.
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

function reportPlain(
  { text, lineStart, isKey }: PlainScalar,
  at: (index: number) => Place,
  findings: Findings,
): void {
  let start = 0;
  for (const line of text.split('\n')) {
    const atStart = start > 0 || lineStart;
    const end = start + line.length;
    const first = line.search(/[^ \t]/);
    const mark = /^[ \t]*(?:-(?![\w-])|[\w-]+:)/.exec(line)?.[0].length ?? 0;
    const tell = (index: number, what: string) =>
      [
        at(start + index),
        `${unseenName(line.charAt(index))} ${what}`,
        'Type a blank in its place.',
      ] as const;
    if (first >= 0 && unseenBlank.test(line.charAt(first)))
      if (atStart && ((isKey && end === text.length) || entryLike.test(visible(line))))
        findings.error(...tell(first, 'stands in the indentation'));
      else findings.warn(...tell(first, 'stands before the text, and counts as a part of it'));
    else if (atStart && mark > 0 && unseenBlank.test(line.charAt(mark)))
      findings.error(
        ...tell(
          mark,
          `follows the ${line.charAt(mark - 1) === '-' ? 'dash' : 'colon'}, where YAML wants a blank`,
        ),
      );
    else reportInside(line, (index) => at(start + index), findings);
    start = end + 1;
  }
}

/** As it looks: all that is unseen as a blank. */
const visible = (line: string) => line.replace(new RegExp(unseenBlank, 'gu'), ' ');

function reportInside(line: string, at: (index: number) => Place, findings: Findings): void {
  const text = line.trim();
  const first = line.indexOf(text);
  for (const index of [first, first + text.length - 1]) {
    const name = unseenName(line.charAt(index));
    if (!typographicQuote.test(line.charAt(index))) continue;
    findings.warn(at(index), `${name} counts as a part of the text`, 'Write " in its place.');
    return;
  }
  const hidden = line.search(zeroWidth);
  if (hidden >= 0)
    findings.warn(
      at(hidden),
      `${unseenName(line.charAt(hidden))} counts as a part of the text`,
      'Remove it.',
    );
}
