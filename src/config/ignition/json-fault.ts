import { typographicQuote, unseenName } from '../../lib/unseen.ts';

/** Where a text stops being JSON, line and column counted from 1. */
export interface JsonFault {
  /** As part of a sentence: `a comma or ] is missing`. Contains nothing of the text itself. */
  readonly what: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The first fault in `text`, undefined when it is JSON (RFC 8259). The messages of `JSON.parse`
 * quote the text, which may be secret, and often give no position.
 */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const { at, what: expected } = findFault(text);
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const unseen = unseenName(character);
    const right = typographicQuote.test(character) ? 'a straight quotation mark (")' : 'a space';
    const what = unseen === undefined ? expected : `${unseen} is used instead of ${right}`;
    const before = text.slice(0, at);
    const lineStart = before.lastIndexOf('\n') + 1;
    return { what, line: before.split('\n').length, column: at - lineStart + 1 };
  }
}

interface Fault {
  readonly at: number;
  readonly what: string;
}

type Expected = 'value' | 'first element' | 'key' | 'first key' | 'colon' | 'separator';

const missing: Readonly<Record<Expected, string>> = {
  value: 'a value is wrong or missing',
  'first element': 'a value is wrong, or a value or ] is missing',
  key: 'a name in double quotes is missing',
  'first key': 'a name in double quotes or } is missing',
  colon: 'a colon is missing',
  separator: 'a comma is missing',
};

const space = /[ \t\n\r]*/y;
const word = /(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![\w.+-])/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Walks the text without recursion, as it may be nested as deep as it is long. */
function findFault(text: string): Fault {
  const closers: string[] = [];
  let expected: Expected | 'end' = 'value';
  let at = after(space, text, 0) ?? 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (expected === 'end') {
      return { at, what: 'something follows its end' };
    }
    const closes: boolean = character === closers.at(-1) && mayClose(expected);
    if (closes) {
      closers.pop();
    } else if (isValue(expected) && (character === '{' || character === '[')) {
      closers.push(character === '{' ? '}' : ']');
    } else {
      const end = tokenEnd(text, at, expected);
      if (typeof end !== 'number') {
        return end;
      }
      at = end - 1;
    }
    expected = following(expected, character, closes, closers.at(-1));
    at = after(space, text, at + 1) ?? at;
  }
  return { at, what: 'it ends in the middle' };
}

const mayClose = (expected: Expected) => expected === 'separator' || expected.startsWith('first');
const isValue = (expected: Expected) => expected === 'value' || expected === 'first element';

/** What may come after a token. */
function following(
  expected: Expected,
  token: string,
  closed: boolean,
  closer: string | undefined,
): Expected | 'end' {
  if (!closed && isValue(expected) && (token === '{' || token === '[')) {
    return token === '{' ? 'first key' : 'first element';
  }
  if (!closed && (expected === 'key' || expected === 'first key')) {
    return 'colon';
  }
  if (!closed && expected === 'colon') {
    return 'value';
  }
  if (!closed && expected === 'separator') {
    return closer === '}' ? 'key' : 'value';
  }
  return closer === undefined ? 'end' : 'separator';
}

/** Where the token that begins at `at` ends, or what is wrong with it. */
function tokenEnd(text: string, at: number, expected: Expected): number | Fault {
  const character = text[at];
  if (expected === 'colon' || expected === 'separator') {
    return character === (expected === 'colon' ? ':' : ',')
      ? at + 1
      : { at, what: missing[expected] };
  }
  if (character === '"') {
    return stringEnd(text, at + 1);
  }
  const end = isValue(expected) ? after(word, text, at) : undefined;
  return end ?? { at, what: missing[expected] };
}

/** A quote, a backslash, or a control character, which must be escaped. */
const endsPlainRun = (code: number) => code === 0x22 || code === 0x5c || code < 0x20;

function stringEnd(text: string, start: number): number | Fault {
  let at = start;
  for (;;) {
    while (at < text.length && !endsPlainRun(text.charCodeAt(at))) {
      at += 1;
    }
    if (at === text.length) {
      return { at, what: 'it ends in the middle of a string' };
    }
    if (text[at] === '"') {
      return at + 1;
    }
    const end = after(escapeSequence, text, at);
    if (end === undefined) {
      return {
        at,
        what: text[at] === '\\' ? 'an escape in a string is wrong' : 'a string is not closed',
      };
    }
    at = end;
  }
}

/** The position after a match of a sticky pattern at `at`. */
function after(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
