import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGlob } from '../../../src/parameters/glob.ts';

describe('a glob', () => {
  test.each<[glob: string, matching: string[], others: string[]]>([
    ['data', ['data'], ['Data', 'data1', 'xdata', '']],
    ['data*', ['data', 'data1', 'data/x'], ['xdata']],
    ['*', ['', 'x', '.x', 'a b'], []],
    ['**', ['', 'x'], []],
    ['*a*b', ['ab', 'xaxbab', 'abb'], ['ba', 'abx']],
    ['?', ['x', 'ä', '💾'], ['', 'xx']],
    ['var-[12]', ['var-1', 'var-2'], ['var-3', 'var-12']],
    ['var-[1-3x]', ['var-2', 'var-x'], ['var--', 'var-4']],
    ['[!a]b', ['xb', '!b'], ['ab']],
    ['[]]', [']'], ['[']],
    ['[!]]', ['x'], [']']],
    ['[a-]', ['a', '-'], ['b']],
    ['a.c', ['a.c'], ['abc']],
    ['', [''], ['x']],
  ])('%j', (text, matching, others) => {
    const glob = parseGlob(text);
    expect(matching.filter((one) => !glob?.(one))).toEqual([]);
    expect(others.filter((one) => glob?.(one))).toEqual([]);
  });

  test.each(['***', 'a***b', '[', 'a[', '[]', '[!]', '[z-a]', 'x[ab'])('%j is none', (text) => {
    expect(parseGlob(text)).toBeUndefined();
  });

  test('without special characters matches itself only', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', '.', '\\', '(', '^', ']', '-', 'ß') });
    fc.assert(
      fc.property(plain, plain, (text, other) => {
        expect(parseGlob(text)?.(text)).toBe(true);
        expect(parseGlob(text)?.(other)).toBe(text === other);
      }),
    );
  });

  test('of many * takes no longer than its length times that of the text', () => {
    const glob = parseGlob(`${'*a'.repeat(500)}b`);
    const startMs = performance.now();
    expect(glob?.('a'.repeat(2000))).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});
