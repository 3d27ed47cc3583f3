import { parseAst } from 'vitest/node';

/** A node of an ESTree syntax tree; `start` and `end` are offsets in the text. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** The only type nodes that contain code: `x as T`, `x satisfies T`, `x!`. */
const transparent = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

/** Parses TypeScript with Vitest's parser. Throws on a syntax error. */
export function parseTypeScript(text: string): SyntaxNode {
  return parseAst(text, { lang: 'ts' }) as unknown as SyntaxNode;
}

/** All nodes of a tree that are code, in the order of the text: imports and types are left out. */
export function* codeIn(node: SyntaxNode): Generator<SyntaxNode> {
  const isType = node.type.startsWith('TS') && !transparent.has(node.type);
  if (isType || node.type === 'ImportDeclaration') return;
  yield node;
  const below = Object.values(node).flat().filter(isNode);
  for (const child of below.toSorted((a, b) => a.start - b.start)) yield* codeIn(child);
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
