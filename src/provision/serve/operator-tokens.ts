import { chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { InputError, ParameterError } from '../../lib/errors.ts';
import { replaceFile } from '../../lib/replace-file.ts';
import { hashToken, isToken, newToken } from '../rule/tokens.ts';
import { parseAs } from './read-reports.ts';

const schema = v.array(
  v.object({
    name: v.string(),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    createdMs: v.number(),
  }),
);
export type OperatorToken = v.InferOutput<typeof schema>[number];

const fileOf = (stateDirectory: string) => join(stateDirectory, 'operators.json');

/**
 * Makes a token for the page's actions, and returns it: only its digest is stored. Throws a
 * `ParameterError` for a name that is taken, or cannot be one.
 */
export async function createOperatorToken(
  stateDirectory: string,
  name = 'operator',
): Promise<string> {
  const tokens = listOperatorTokens(stateDirectory);
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw refused(name, 'it must be one word of at most 64 letters');
  if (tokens.some((token) => token.name === name))
    throw refused(name, 'there is one with this name', 'Revoke it first, or choose another name.');
  const token = newToken();
  const sha256 = hashToken(token).toString('hex');
  await store(stateDirectory, [...tokens, { name, sha256, createdMs: Date.now() }]);
  return token;
}

/** Throws an `InputError` where the file is not in its form. */
export function listOperatorTokens(stateDirectory: string): OperatorToken[] {
  const path = fileOf(stateDirectory);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return [];
  const tokens = parseAs(schema, readFileSync(path, 'utf8'));
  if (tokens !== undefined) return tokens;
  throw new InputError({
    code: 'operator-tokens-unreadable',
    failed: `Cannot read ${path}`,
    why: 'it is not in the form in which coreos-provision writes it',
    next: 'Restore it from a backup, or remove it: all tokens are then revoked.',
  });
}

export async function revokeOperatorToken(stateDirectory: string, name: string): Promise<void> {
  const tokens = listOperatorTokens(stateDirectory);
  const left = tokens.filter((token) => token.name !== name);
  if (left.length === tokens.length)
    throw refused(name, 'there is none with this name', 'coreos-provision token list shows all.');
  await store(stateDirectory, left);
}

/** The name of a token, or undefined for one that is none. Takes the same time for every text. */
export function findOperator(stateDirectory: string, token: string): string | undefined {
  const found = listOperatorTokens(stateDirectory).filter(({ sha256 }) =>
    isToken(token, Buffer.from(sha256, 'hex')),
  );
  return found[0]?.name;
}

async function store(stateDirectory: string, tokens: readonly OperatorToken[]): Promise<void> {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify(tokens, undefined, 2)}\n`;
  await replaceFile(fileOf(stateDirectory), text, { mode: 0o600 });
  // The server that reads it need not be root, who may have run this.
  const { uid, gid } = statSync(stateDirectory);
  if (process.geteuid?.() === 0) chownSync(fileOf(stateDirectory), uid, gid);
}

function refused(name: string, why: string, next = 'Choose another name.'): ParameterError {
  return new ParameterError({
    code: 'operator-token-invalid',
    failed: `Cannot use the token ${JSON.stringify(name)}`,
    why,
    next,
  });
}
