import { expect, test } from 'vitest';
import { isYamlConfig } from '../../../../src/config/fetch-ignition.ts';
import { translateYaml } from '../../../../src/config/translate-yaml.ts';
import { run } from './run.ts';

const nbsp = '\u00a0';
const head = 'variant: fcos\nversion: 1.1.0\n';
const errors = (yaml: string) =>
  run(yaml)
    .split('\n')
    .filter((line) => line.includes(' error'));

test.each([
  ['a no-break space (U+00A0)', '\u00a0'],
  ['an ideographic space (U+3000)', '\u3000'],
  ['a narrow no-break space (U+202F)', '\u202f'],
  ['a wide space (U+2003)', '\u2003'],
  ['a zero-width space (U+200B)', '\u200b'],
])('%s is an error in the indentation, and behind a colon or a dash', (name, space) => {
  expect(errors(`${head}passwd:\n${space}${space}users: []\n`)).toEqual([
    `4:1 error: ${name} is in the indentation`,
  ]);
  expect(
    errors(`${head}passwd:\n  users:\n    - name: core\n    ${space}${space}gecos: x\n`),
  ).toEqual([`6:5 error: ${name} is in the indentation`]);
  expect(errors(`${head}storage:\n  files:\n    - path:${space}/a\n`)).toEqual([
    `5:12 error: ${name} follows the colon, where YAML requires a space`,
  ]);
  expect(errors(`variant:${space}fcos\nversion: 1.0.0\n`)).toEqual([
    `1:9 error: ${name} follows the colon, where YAML requires a space`,
  ]);
  expect(errors(`${head}passwd:\n  users:\n    -${space}name: core\n`)).toEqual([
    `5:6 error: ${name} follows the dash, where YAML requires a space`,
  ]);
});

test('blanks before one do not make it better, nor is it one in folded text', () => {
  const user = (line: string) => `${head}passwd:\n  users:\n    - name: core\n${line}\n`;
  expect(errors(user(`    ${nbsp} gecos: x`))).toEqual([
    '6:5 error: a no-break space (U+00A0) is in the indentation',
  ]);
  expect(errors(`${head}passwd:\n  users:\n  ${nbsp}- name: core\n`)).toEqual([
    '5:3 error: a no-break space (U+00A0) is in the indentation',
  ]);
  expect(errors(user(`      gecos: one\n        ${nbsp}two three`))).toEqual([]);
});

test('a config that is empty for it is not installed, but told', () => {
  const yaml = `${head}passwd:\n${nbsp.repeat(2)}users:\n${nbsp.repeat(4)}- name: core\n`;
  expect(() => translateYaml(Buffer.from(yaml), 'simple.yaml')).toThrow(
    'Cannot translate simple.yaml into an Ignition config: a no-break space (U+00A0) is in the indentation (line 4, column 1), and 1 more',
  );
});

test('a config whose first key is behind one is known as YAML', () => {
  expect(isYamlConfig(Buffer.from(`${nbsp}variant: fcos\n`))).toBe(true);
  expect(isYamlConfig(Buffer.from(`\u3000variant:${nbsp}fcos\n`))).toBe(true);
  expect(isYamlConfig(Buffer.from('\ufeffvariant: fcos\n'))).toBe(true);
  expect(isYamlConfig(Buffer.from('  variant: fcos\n'))).toBe(false);
  expect(isYamlConfig(Buffer.from('{"variant": "fcos"}'))).toBe(false);
});

test.each([
  ['in a block scalar', `|\n          ${nbsp}a:${nbsp}b\n          ${nbsp}“c”\n`],
  ['in quoted text', `"${nbsp}a:${nbsp}b “c”"\n`],
  ['in the middle of a text', `une remarque${nbsp}:${nbsp}à voir\n`],
  ['in a comment', `x #${nbsp}“c”\n`],
])('any character may stand %s', (_, inline) => {
  const yaml = `${head}storage:\n  files:\n    - path: /a\n      contents:\n        inline: ${inline}`;
  expect(run(yaml)).toMatch(/^\{"ignition"/);
});

test.each([
  ['“/a”', '5:13 warning: a typographic quotation mark (U+201C) is taken as a part of the text'],
  ['/a’', '5:15 warning: a typographic quotation mark (U+2019) is taken as a part of the text'],
  [`${nbsp}/a`, '5:13 warning: a no-break space (U+00A0) is taken as a part of the text'],
  ['/a\u200bb', '5:15 warning: a zero-width space (U+200B) is taken as a part of the text'],
])('of a value %s it is told', (value, message) => {
  expect(run(`${head}storage:\n  files:\n    - path: ${value}\n`)).toContain(message);
});

test('an unknown key with one in it is told so', () => {
  expect(run(`${head}"passwd${nbsp}": {}\n`)).toContain(
    'there is no such key; it contains a no-break space (U+00A0)',
  );
});

test('places are right behind long texts and many kinds of tokens', () => {
  const lines = [
    ...['storage:', '  files: # “all”', '    - {path: "/b", mode: 0644}', "    - path: '/c'"],
    ...['      contents:', '        inline: >-', '          a', '', '          b', '    - &x'],
    ...['      path: /d', '  directories:', '    - *x', '  links: []', `passwd:${nbsp}{}`],
  ];
  expect(errors(`${head}${lines.join('\n')}\n`)).toEqual([
    '17:8 error: a no-break space (U+00A0) follows the colon, where YAML requires a space',
  ]);
  const windows = `${head}${lines.join('\n')}\n`.replaceAll('\n', '\r\n');
  expect(errors(windows)).toEqual([
    '17:8 error: a no-break space (U+00A0) follows the colon, where YAML requires a space',
  ]);
});

test.each([
  ['blanks in a value', `a: ${nbsp}${' '.repeat(8e6)}x`],
  ['letters behind one', `a: ${nbsp}${'a'.repeat(8e6)}`],
  ['of them', nbsp.repeat(4e6)],
  ['lines of them', `a: b\n${`  ${nbsp}x\n`.repeat(1e6)}`],
])('very many %s are passed soon', (_, yaml) => {
  const startMs = performance.now();
  run(head + yaml);
  expect(performance.now() - startMs).toBeLessThan(20_000);
});
