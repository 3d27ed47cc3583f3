import { expect, test } from 'vitest';
import { inAscii } from '../../../src/commands/output.ts';

test('what we write ourselves has a form that every terminal shows', () => {
  expect(inAscii('the image’s “boot” – writing…')).toBe('the image\'s "boot" - writing...');
});

test('names from elsewhere stay as they are', () => {
  expect(inAscii('/srv/größe.raw')).toBe('/srv/größe.raw');
});
