import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { absolutePath } from '../../../src/lib/absolute-path.ts';
import { locationOf } from '../../../src/parameters/values.ts';
import { failure } from '../../support/failure.ts';

test('a path is seen from the working directory', () => {
  expect(absolutePath('a/../b')).toBe(join(process.cwd(), 'b'));
  expect(absolutePath('/a/../b')).toBe('/b');
});

test('in a directory that was removed only an absolute path can be used', () => {
  const before = process.cwd();
  const gone = mkdtempSync(join(tmpdir(), 'gone-'));
  process.chdir(gone);
  try {
    rmdirSync(gone);
    expect(() => absolutePath('b')).toThrow(failure('invalid-command-line'));
    expect(absolutePath('/b')).toBe('/b');
    const given = { value: 'b', origin: { kind: 'option', name: '-b' } } as const;
    const locate = () => locationOf('the image')(given, { fileExists: () => true, notes: [] });
    expect(locate).toThrow('Cannot use the path "b": the working directory does not exist');
  } finally {
    process.chdir(before);
  }
});
