import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createOperatorToken,
  findOperator,
  listOperatorTokens,
  revokeOperatorToken,
} from '../../../../src/provision/serve/operator-tokens.ts';

let directory: string;
let state: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokens-'));
  state = join(directory, 'state');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a token is known by its digest only, to the owner of the directory', async () => {
  const token = await createOperatorToken(state);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(findOperator(state, token)).toBe('operator');
  expect(findOperator(state, `${token}x`)).toBeUndefined();
  expect(findOperator(state, '')).toBeUndefined();
  const file = join(state, 'operators.json');
  expect(readFileSync(file, 'utf8')).not.toContain(token);
  expect(statSync(file)).toMatchObject({ uid: statSync(state).uid });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(state).mode & 0o777).toBe(0o700);
});

test('several have names, and are revoked by them', async () => {
  const tokens = {
    alice: await createOperatorToken(state, 'alice'),
    bob: await createOperatorToken(state, 'bob'),
  };
  expect(tokens.alice).not.toBe(tokens.bob);
  expect(listOperatorTokens(state).map(({ name }) => name)).toEqual(['alice', 'bob']);
  await revokeOperatorToken(state, 'alice');
  expect(findOperator(state, tokens.alice)).toBeUndefined();
  expect(findOperator(state, tokens.bob)).toBe('bob');
  await expect(revokeOperatorToken(state, 'alice')).rejects.toThrow('there is none with this name');
});

test.each(['', 'a b', '../x', 'x'.repeat(65), 'ä'])('%j is no name of a token', async (name) => {
  await expect(createOperatorToken(state, name)).rejects.toThrow('it must be one word');
});

test('a name that is taken, and a file in another form, are errors', async () => {
  await createOperatorToken(state);
  await expect(createOperatorToken(state)).rejects.toThrow('there is one with this name');
  writeFileSync(join(state, 'operators.json'), '[{"name":"x","sha256":"short"}]');
  expect(() => findOperator(state, 'x')).toThrow('it is not in the form');
});
