import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Findings } from './findings.ts';
import { reportUnseen } from './unseen-in-yaml.ts';
import { type Place, placeAt } from './yaml-places.ts';

/** The largest config, as for Ignition's. */
export const largestBytes = 16 * 1024 * 1024;
/** More pieces than any config has; each takes memory. */
const mostTokens = 300_000;
/** Deeper than any config. */
const deepest = 200;

/** A YAML text as a tree of nodes. */
export interface YamlDocument {
  readonly root: Node;
  /** What an alias refers to. */
  resolve(alias: Alias): Node | undefined;
  /** Where a node begins. */
  place(node: Node): Place;
  readonly text: string;
  /** Texts, lists and mappings; what aliases share is one object, which may contain itself. */
  toJS(): unknown;
  /** Where the character at an offset of the text is. */
  at(offset: number): Place;
}

/**
 * Reads `bytes` as one YAML 1.2 document in UTF-8, all scalars left as they are written. Undefined
 * when they are not one; `findings` then say why.
 */
export function readDocument(bytes: Uint8Array, findings: Findings): YamlDocument | undefined {
  const text = textOf(bytes, findings);
  if (text === undefined) return undefined;
  const excess = excessOf(text);
  if (excess !== undefined) {
    findings.syntaxError(undefined, excess);
    return undefined;
  }
  const lines = new LineCounter();
  const at = (offset: number): Place => placeAt(lines.linePos(offset), []);
  reportUnseen(text, findings);
  if (findings.failed) return undefined;
  try {
    const document = parseDocument(text, {
      schema: 'failsafe',
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'error',
    });
    for (const { code, message, pos } of document.errors)
      findings.syntaxError(
        at(pos[0]),
        wordsFor[code] ?? `it is not valid YAML: ${lowerFirst(message)}`,
      );
    if (document.errors.length > 0) return undefined;
    const targets = new Map<Alias, Node>();
    const anchors = new Map<string, Node>();
    visit(document, (_, node) => {
      if (!isNode(node)) return;
      if (isMap(node)) refuseDuplicates(node, at, findings);
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
      else
        findings.syntaxError(at(node.range?.[0] ?? 0), `there is no anchor &${node.source} above`);
    });
    const root = document.contents;
    if (root === null || (isScalar(root) && root.value === '' && root.type === 'PLAIN')) {
      findings.syntaxError(undefined, 'it is empty');
      return undefined;
    }
    if (findings.failed) return undefined;
    return {
      root,
      resolve: (alias) => targets.get(alias),
      place: (node) => at(node.range?.[0] ?? 0),
      text,
      // As many as there are: none of them is copied.
      toJS: () => document.toJS({ maxAliasCount: -1 }),
      at,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    findings.syntaxError(undefined, tooDeep);
    return undefined;
  }
}

const tooDeep = `it is nested more than ${deepest} levels deep`;

const wordsFor: Readonly<Partial<Record<string, string>>> = {
  TAB_AS_INDENT: 'there is a tab in the indentation; YAML requires spaces',
  MULTIPLE_DOCS: 'it contains more than one YAML document (see the line ---)',
};

function textOf(bytes: Uint8Array, findings: Findings): string | undefined {
  if (bytes.length > largestBytes) {
    findings.syntaxError(undefined, `it is larger than ${largestBytes / 1024 / 1024} MiB`);
    return undefined;
  }
  try {
    // A byte order mark is skipped, as YAML allows (section 5.2).
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    findings.syntaxError(firstBadLine(bytes), 'it is not text in UTF-8', 'Save it as UTF-8.');
    return undefined;
  }
}

/** The first line that is not UTF-8. */
function firstBadLine(bytes: Uint8Array): Place {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let line = 1, start = 0; ; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? undefined : end));
    } catch {
      return { line, column: 1, path: '' };
    }
    if (end < 0) return { line: 1, column: 1, path: '' };
    start = end + 1;
  }
}

/** What makes a text too large to parse; found without building a tree of it. */
function excessOf(text: string): string | undefined {
  let tokens = 0;
  let brackets = 0;
  let dashes = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > mostTokens)
      return `it has more than ${mostTokens} tokens, more than any config has`;
    if (token === '[' || token === '{') brackets += 1;
    else if (token === ']' || token === '}') brackets -= 1;
    else if (token === '\n') dashes = 0;
    else if (token === '-' || token === '?') dashes += 1;
    if (brackets + dashes > deepest) return tooDeep;
  }
  return undefined;
}

function refuseDuplicates(map: YAMLMap, at: (offset: number) => Place, findings: Findings): void {
  const lines = new Map<string, number>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    const place = at(key.range?.[0] ?? 0);
    const name = String(key.value);
    const first = lines.get(name);
    if (first === undefined) lines.set(name, place.line);
    else findings.syntaxError(place, `duplicate key ${name}; the first is in line ${first}`);
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
