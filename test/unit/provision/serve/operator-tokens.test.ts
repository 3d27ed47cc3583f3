import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createOperatorToken,
  findOperator,
  listOperatorTokens,
  revokeOperatorToken,
} from '../../../../src/provision/serve/operator-tokens.ts';
import { lacksRoot } from '../../../support/needs.ts';

let directory: string;
let state: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokens-'));
  state = join(directory, 'state');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a token is known by its digest only, to the owner of the directory', () => {
  const token = createOperatorToken(state);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(findOperator(state, token)).toBe('operator');
  expect(findOperator(state, `${token}x`)).toBeUndefined();
  expect(findOperator(state, '')).toBeUndefined();
  const file = join(state, 'operators/operator');
  expect(readFileSync(file, 'utf8')).not.toContain(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(state, 'operators')).mode & 0o777).toBe(0o700);
  expect(statSync(state).mode & 0o777).toBe(0o700);
});

test.skipIf(lacksRoot())('what root makes belongs to the user of the server', () => {
  mkdirSync(state);
  chownSync(state, 4242, 4243);
  createOperatorToken(state);
  for (const path of ['operators', 'operators/operator'])
    expect(statSync(join(state, path))).toMatchObject({ uid: 4242, gid: 4243 });
});

test('several have names, and are revoked by them', () => {
  const before = Date.now();
  const tokens = {
    alice: createOperatorToken(state, 'alice'),
    bob: createOperatorToken(state, 'bob'),
  };
  expect(tokens.alice).not.toBe(tokens.bob);
  const [alice, bob] = listOperatorTokens(state);
  expect([alice?.name, bob?.name]).toEqual(['alice', 'bob']);
  expect(Math.abs((alice?.createdMs ?? 0) - before)).toBeLessThan(60_000);
  revokeOperatorToken(state, 'alice');
  expect(findOperator(state, tokens.alice)).toBeUndefined();
  expect(findOperator(state, tokens.bob)).toBe('bob');
  for (const name of ['alice', '..', '.', ''])
    expect(() => revokeOperatorToken(state, name)).toThrow('there is none with this name');
});

test.each(['', '.', '..', '-x', 'a b', '../x', 'a/b', 'x'.repeat(65), 'ä'])(
  '%j is no name of a token',
  (name) => {
    expect(() => createOperatorToken(state, name)).toThrow('it must be one word');
  },
);

test('a name that is taken keeps its token; a damaged file is none', () => {
  const token = createOperatorToken(state);
  expect(() => createOperatorToken(state)).toThrow('there is one with this name');
  expect(findOperator(state, token)).toBe('operator');
  writeFileSync(join(state, 'operators/operator'), 'short');
  expect(findOperator(state, token)).toBeUndefined();
});

test('where nothing can be written or read, the path is named', () => {
  writeFileSync(state, '');
  expect(() => listOperatorTokens(state)).toThrow(/Cannot read .*operators: .*Run this as root/);
  expect(() => createOperatorToken(state)).toThrow(/Cannot write .*operators\/operator: /);
});

test('what is no token, or cannot be read, takes no other token away', () => {
  const token = createOperatorToken(state, 'zoe');
  mkdirSync(join(state, 'operators/backup'));
  expect(findOperator(state, token)).toBe('zoe');
});
