import { expect, test } from 'vitest';
import { printable } from '../../../src/commands/printable.ts';

test('nothing in a name can move the cursor, hide a line or turn its direction', () => {
  expect(printable('a\x1b[2Jb\rc\nd\u202ee\u2028f')).toBe('a?[2Jb?c?d?e?f');
});

test('letters of any language stay', () => {
  expect(printable('データ „Größe“ 1')).toBe('データ „Größe“ 1');
});
