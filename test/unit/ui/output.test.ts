import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inAscii, presentable, presentableJson } from '../../../src/ui/output.ts';

test('what we write ourselves has a form that every terminal shows', () => {
  expect(inAscii('the image’s “boot” – writing…')).toBe('the image\'s "boot" - writing...');
});

test('names from elsewhere stay as they are', () => {
  expect(inAscii('/srv/größe.raw')).toBe('/srv/größe.raw');
});

test('what is printed holds no secret and no control character, wherever it comes from', () => {
  const text = 'Cannot use https://TOKEN@host/x?secret: \x1b[2J"evil\r"';
  expect(presentable(text)).toBe('Cannot use https://***@host/x?*** ?[2J"evil?"');
  expect(JSON.parse(presentableJson({ deep: [{ text }], size: 1 }))).toEqual({
    deep: [{ text: 'Cannot use https://***@host/x?*** \x1b[2J"evil\r"' }],
    size: 1,
  });
});

test('nothing that we advise is masked ourselves', () => {
  const root = join(import.meta.dirname, '../../../src');
  const lines = globSync('**/*.ts', { cwd: root })
    .flatMap((path) => readFileSync(join(root, path), 'utf8').split('\n'))
    .filter((line) => !/^\s*(\/?\*|\/\/)/.test(line));
  expect(lines.length).toBeGreaterThan(10_000);
  expect(lines.filter((line) => presentable(line).includes('://***@'))).toEqual([]);
});
