import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readPage } from '../../support/pages.ts';

const directory = new URL('../../qemu/', import.meta.url);

/** The scenarios by the beginning of their names, and whether each is of the core. */
function scenarios(): { name: string; core: boolean }[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(new URL(file, directory), 'utf8');
      const found = text.matchAll(/^(s|moreS)cenarioTest\(\s*'(.*)',/gm);
      return [...found].map(([, kind, name = '']) => ({ name, core: kind === 's' }));
    });
}

test('the page tells of every scenario, and which of them CI runs', () => {
  const [, table = ''] =
    /\| scenario \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/.exec(readPage('building.md')) ?? [];
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const told = rows.map(([, name = '', , core]) => ({ name, core: core === 'yes' }));
  expect(told).toHaveLength(scenarios().length);
  for (const { name, core } of scenarios()) {
    const row = told.find((one) => name.startsWith(one.name));
    expect(row?.core, name).toBe(core);
  }
});
