import { type ObjectNode, parse } from '@humanwhocodes/momoa';
import type { FindingCode } from './finding.ts';
import { type Foreign, foreign } from './foreign-config.ts';
import { jsonFault } from './json-fault.ts';
import { jsonSize } from './json-size.ts';

/** Deeper than any config, and shallow enough to be walked recursively. */
const deepest = 200;
/** More than any config has; each takes memory. */
const mostValues = 100_000;

export interface Parsed {
  readonly text: string;
  readonly root: ObjectNode;
}

export interface Unreadable {
  readonly code: FindingCode;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly next: string;
}

/** Reads `bytes` as a JSON object in UTF-8 (RFC 8259), or says what they are instead. */
export function parseConfig(bytes: Uint8Array): Parsed | Unreadable {
  const known = foreign(bytes);
  if (known !== undefined) return unreadable(known);
  const text = decodeUtf8(bytes);
  if (text === undefined)
    return unreadable(['it is not text in UTF-8', 'Check that it is the right file.']);
  // First, as the parsers below take memory for every level and value.
  const { depth, values } = jsonSize(text);
  if (depth > deepest || values > mostValues) {
    const what =
      depth > deepest
        ? `it is nested more than ${deepest} levels deep`
        : `it has more than ${mostValues} values`;
    return unreadable([what, 'Check that it is the right file.']);
  }
  const fault = jsonFault(text);
  if (fault !== undefined) {
    return {
      code: 'config-syntax-invalid',
      line: fault.line,
      column: fault.column,
      message: `it is not valid JSON: ${fault.what}`,
      next: 'Correct it there, or create it again with butane, which writes valid JSON.',
    };
  }
  const root = parse(text, { mode: 'json', ranges: true }).body;
  if (root.type === 'Object') return { text, root };
  return unreadable([
    'it is JSON, but not an object',
    'Create it with butane from a Butane config.',
  ]);
}

function unreadable([message, next]: Foreign): Unreadable {
  return { code: 'config-unrecognized', line: 1, column: 1, message, next };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
