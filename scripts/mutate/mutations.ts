import { codeIn, isNode, parseTypeScript, type SyntaxNode } from './syntax.ts';

/** One small change of a source file. */
export interface Mutation {
  /** Of the file, from the top of the checkout. */
  readonly path: string;
  /** What kind of change it is: `comparison`. */
  readonly kind: string;
  /** What is replaced: offsets in the text, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

type Change = Omit<Mutation, 'path'>;
/** The changes that can be made at one node. */
type Operator = (node: SyntaxNode, text: string) => readonly Change[];

/** All possible changes to a file, in the order of its text. */
export function mutationsOf(path: string, text: string): Mutation[] {
  const nodes = [...codeIn(parseTypeScript(text))];
  const changes = nodes.flatMap((node) => operators.flatMap((operator) => operator(node, text)));
  return changes.map((change) => ({ path, ...change }));
}

/** The text of a file with a change. */
export function mutated(text: string, { start, end, replacement }: Change): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

const otherOperator: Readonly<Record<string, readonly [kind: string, operator: string]>> = {
  '<': ['comparison', '<='],
  '<=': ['comparison', '<'],
  '>': ['comparison', '>='],
  '>=': ['comparison', '>'],
  '===': ['comparison', '!=='],
  '!==': ['comparison', '==='],
  '&&': ['logic', '||'],
  '||': ['logic', '&&'],
  '-': ['sign', '+'],
  '+': ['sign', '-'],
  '*': ['sign', '/'],
  '/': ['sign', '*'],
  '%': ['sign', '*'],
  '&': ['sign', '|'],
  '|': ['sign', '&'],
  '<<': ['sign', '>>'],
  '>>': ['sign', '<<'],
  '+=': ['sign', '-='],
  '-=': ['sign', '+='],
  '??=': ['logic', '='],
};

const binary: Operator = (node, text) => {
  const { left, right, operator } = node;
  if (!isNode(left) || !isNode(right) || typeof operator !== 'string') return [];
  if (operator === '??') return [replace('logic', node, textOf(left, text))];
  const [kind, other] = otherOperator[operator] ?? [];
  if (kind === undefined || other === undefined || [left, right].some(isText)) return [];
  const between = withoutComments(text.slice(left.end, right.start));
  const at = left.end + between.indexOf(operator);
  return [{ kind, start: at, end: at + operator.length, replacement: other }];
};

const unary: Operator = (node, text) => {
  const { argument, operator } = node;
  if (node.type === 'AwaitExpression' && isNode(argument))
    return [replace('await', node, textOf(argument, text))];
  if (node.type === 'UpdateExpression' && isNode(argument)) {
    const words = text.slice(node.start, node.end);
    const other = operator === '++' ? words.replace('++', '--') : words.replace('--', '++');
    return [replace('sign', node, other)];
  }
  if (node.type !== 'UnaryExpression' || !isNode(argument)) return [];
  if (operator === '!') return [replace('negation', node, textOf(argument, text))];
  return operator === '-' ? [replace('sign', node, textOf(argument, text))] : [];
};

const constant: Operator = (node, text) => {
  const { value } = node;
  if (node.type !== 'Literal') return [];
  if (typeof value === 'boolean') return [replace('constant', node, String(!value))];
  if (typeof value !== 'number') return [];
  return [replace('constant', node, `(${textOf(node, text)} + 1)`)];
};

const condition: Operator = (node, text) => {
  const { test, consequent, alternate } = node;
  if (!isNode(test) || !isNode(consequent)) return [];
  if (node.type === 'ConditionalExpression' && isNode(alternate)) {
    const swapped = `${textOf(alternate, text)} : ${textOf(consequent, text)}`;
    const start = consequent.start;
    return [{ kind: 'negation', start, end: alternate.end, replacement: swapped }];
  }
  if (node.type !== 'IfStatement') return [];
  const negated = replace('negation', test, `!(${textOf(test, text)})`);
  return !isNode(alternate) && leaves(consequent)
    ? [replace('guard', node, ';'), negated]
    : [negated];
};

const statement: Operator = (node) => {
  if (node.type === 'ExpressionStatement' && node['directive'] === null)
    return [replace('statement', node, ';')];
  if (node.type === 'VariableDeclaration' && String(node['kind']).endsWith('using')) {
    const end = node.start + String(node['kind']).length;
    return [{ kind: 'using', start: node.start, end, replacement: 'const' }];
  }
  return [];
};

/** A function without a result returns at once. (With a result, the wrong value would be noticed.) */
const earlyReturn: Operator = (node) => {
  const { body } = node;
  if (!isNode(body) || body.type !== 'BlockStatement' || !/Function/.test(node.type)) return [];
  const statements = body['body'] as readonly SyntaxNode[];
  if (statements.length === 0 || returnsSomething(body)) return [];
  const start = body.start + 1;
  return [{ kind: 'return', start, end: start, replacement: ' return;' }];
};

const operators: readonly Operator[] = [binary, unary, constant, condition, statement, earlyReturn];

function replace(kind: string, { start, end }: SyntaxNode, replacement: string): Change {
  return { kind, start, end, replacement };
}

function textOf({ start, end }: SyntaxNode, text: string): string {
  return text.slice(start, end);
}

/** Replaces comments by spaces. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*.*?\*\/|\/\/.*?$/gms, (comment) => ' '.repeat(comment.length));
}

/** Concatenation is not arithmetic. */
function isText({ type, value }: SyntaxNode): boolean {
  return type === 'TemplateLiteral' || typeof value === 'string';
}

/** Whether a statement leaves the enclosing block. */
function leaves({ type, body }: SyntaxNode): boolean {
  if (type === 'BlockStatement') {
    const last = (body as readonly SyntaxNode[]).at(-1);
    return last !== undefined && leaves(last);
  }
  return ['ReturnStatement', 'ThrowStatement', 'ContinueStatement', 'BreakStatement'].includes(
    type,
  );
}

function returnsSomething(body: SyntaxNode): boolean {
  const own = [...codeWithin(body)];
  return own.some(({ type, argument }) => type === 'ReturnStatement' && isNode(argument));
}

/** The nodes of a function's body, without those of functions in it. */
function* codeWithin(node: SyntaxNode): Generator<SyntaxNode> {
  const inner = [...codeIn(node)];
  const functions = inner.filter(({ type }) => /Function/.test(type));
  for (const one of inner) {
    const isWithin = functions.some((other) => other.start <= one.start && one.end <= other.end);
    if (!isWithin) yield one;
  }
}
