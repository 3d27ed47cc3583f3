import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../../../scripts/lib/paths.ts';
import { mutated, mutationsOf } from '../../../../scripts/mutate/mutations.ts';
import { parseTypeScript } from '../../../../scripts/mutate/syntax.ts';

/** Each change of a text, as `kind: the text with it`. */
const changes = (text: string) =>
  mutationsOf('a.ts', text).map((mutation) => `${mutation.kind}: ${mutated(text, mutation)}`);

describe('mutationsOf', () => {
  test.each([
    ['f(a < b);', 'comparison: f(a <= b);'],
    ['f(a >= b);', 'comparison: f(a > b);'],
    ['f(a === b);', 'comparison: f(a !== b);'],
    ['f(a && b);', 'logic: f(a || b);'],
    ['f(a || b);', 'logic: f(a && b);'],
    ['f(a ?? b);', 'logic: f(a);'],
    ['f(!a);', 'negation: f(a);'],
    ['f(a ? b : c);', 'negation: f(a ? c : b);'],
    ['if (a) b();', 'negation: if (!(a)) b();'],
    ['if (a) b();', 'statement: if (a) ;'],
    ['a = b;', 'statement: ;'],
    ['await a();', 'await: a();'],
    ['for (const a of b) { if (a) continue; c(); }', 'guard: for (const a of b) { ; c(); }'],
    ['for (const a of b) { if (a) { c(); break; } }', 'guard: for (const a of b) { ; }'],
    ['const f = () => { if (a) throw b; };', 'guard: const f = () => { ; };'],
    ['await using a = b();', 'using: const a = b();'],
    ['{ using a = b(); }', 'using: { const a = b(); }'],
    ['f(a + b);', 'sign: f(a - b);'],
    ['f(-a);', 'sign: f(a);'],
    ['f(a++);', 'sign: f(a--);'],
    ['a -= b;', 'sign: a += b;'],
    ['f(7);', 'constant: f((7 + 1));'],
    ['f(false);', 'constant: f(true);'],
    ['function f() { a(); }', 'return: function f() { return; a(); }'],
    ['f(() => { g(() => 1); });', 'return: f(() => { return; g(() => 1); });'],
    ['f((a as number) > b);', 'comparison: f((a as number) >= b);'],
    ['f(a /* < */ < b);', 'comparison: f(a /* < */ <= b);'],
    ['f(a // &&\n && b);', 'logic: f(a // &&\n || b);'],
  ])('%s becomes %s', (before, after) => {
    expect(changes(before)).toContain(after);
  });

  test.each([
    ['types', 'type A = -1 | 2; interface B { readonly c: 1 | 2 } let d: 0 | 1;'],
    ['imports', "import { a } from 'b';"],
    ['concatenation', "const a = b + '';"],
    ['text', "const a = 'b < c'; const d = `e && f`;"],
    ['comments', '// a < b\n/* !c */'],
  ])('leaves %s alone', (_, text) => {
    expect(changes(text)).toEqual([]);
  });

  test('ends no function early that returns something', () => {
    const kinds = mutationsOf('a.ts', 'function f() { a(); return b; }').map(({ kind }) => kind);
    expect(kinds).toEqual(['statement']);
  });

  test.each(['src/disk/write/writer.ts', 'src/fetch/http/download.ts', 'src/plan/plan-image.ts'])(
    'makes of %s what is TypeScript still, and something else',
    (path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const all = mutationsOf(path, text);
      expect(all.length).toBeGreaterThan(20);
      for (const mutation of all) {
        const after = mutated(text, mutation);
        expect(after).not.toBe(text);
        expect(() => parseTypeScript(after)).not.toThrow();
      }
    },
  );
});
