import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectionToSource } from '../../../../src/config/ignition/schema/resource-url.ts';
import { objectionToPath } from '../../../../src/config/ignition/schema/rule.ts';
import { unitFault } from '../../../../src/config/ignition/schema/unit-syntax.ts';
import { realVerdicts } from '../../../support/ignition-validate.ts';
import { lacks } from '../../../support/needs.ts';

/** Texts made of the words that matter, thousands of which fit into one config. */
function sample(words: readonly string[], count: number, beginnings = ['']): string[] {
  const text = fc
    .tuple(fc.constantFrom(...beginnings), fc.array(fc.constantFrom(...words), { maxLength: 8 }))
    .map(([beginning, rest]) => beginning + rest.join(''));
  return [...new Set(fc.sample(text, { seed: 1, numRuns: count }))];
}

/** Which of the texts the real program finds something wrong with, when put into one config. */
async function refused(texts: readonly string[], config: object, place: RegExp) {
  const [verdict] = await realVerdicts([
    JSON.stringify({ ignition: { version: '3.3.0' }, ...config }),
  ]);
  const indexes = [...(verdict?.said ?? '').matchAll(place)].map(([, index]) => Number(index));
  return new Set(indexes.map((index) => texts[index]));
}

function disagreeing(
  texts: readonly string[],
  real: ReadonlySet<string | undefined>,
  objection: (text: string) => string | undefined,
) {
  return texts
    .map((text) => ({ text, real: real.has(text), ours: objection(text) }))
    .filter(({ real, ours }) => real !== (ours !== undefined));
}

describe.skipIf(lacks('ignition-validate'))('ignition-validate agrees', () => {
  test('on units', async () => {
    const words = [
      ...['[', ']', '=', '\n', '\\', ' ', 'a', '#', ';', '\n', '[A]', 'a=b', '\t', '\r'],
      ...['[A]\na=b\\ \n', '[A]\na=b\\\r\n', '#\\ \n', '\u2003', '\ufeff'],
    ];
    // A section's name over two lines passes there; systemd refuses it.
    const texts = sample(words, 4000).filter((text) => !/\[[^\]]*\n/.test(text));
    const units = texts.map((contents, index) => ({ name: `${index}.service`, contents }));
    const place = /error at \$\.systemd\.units\.(\d+)\.contents/g;
    const real = await refused(texts, { systemd: { units } }, place);
    expect(real.size).toBeGreaterThan(100);
    expect(disagreeing(texts, real, unitFault)).toEqual([]);
  });

  test('on long lines of units, wherever they begin', async () => {
    const lines = [1, 500, 1500, 2044, 2046, 2047, 2048, 4095, 4096, 9000].flatMap((length) => {
      const long = 'x'.repeat(length);
      return [`a=${long}\n`, `# ${long}\n`, `#\\\n${long}\n`, `a=\\\n${long}\n`, `${long}=\n`];
    });
    const texts = sample([...lines, 'a=b\n', `${' '.repeat(3000)}\n`], 300, ['[A]\n', '']);
    const units = texts.map((contents, index) => ({ name: `${index}.service`, contents }));
    const place = /error at \$\.systemd\.units\.(\d+)\.contents/g;
    const real = await refused(texts, { systemd: { units } }, place);
    expect(real.size).toBeGreaterThan(100);
    expect(disagreeing(texts, real, unitFault)).toEqual([]);
  });

  test.each<[string, string[], string[]]>([
    [
      'data URLs',
      [
        'a',
        'text/plain',
        'text',
        ';',
        '=',
        ',',
        'base64',
        '"',
        '\\',
        '%20',
        '%',
        '/',
        'YQ==',
        ' ',
        'ü',
        '.',
      ],
      [
        'data:',
        'data:',
        'data:;base64,',
        'data:,',
        'data:text/plain',
        'data:;a="',
        'data:image/',
        'data:x',
        'data:font/',
      ],
    ],
    [
      'other URLs',
      [
        'a',
        '@',
        ':',
        '/',
        '?',
        '#',
        '%20',
        '%',
        '[',
        ']',
        '1',
        'ü',
        ' ',
        '"',
        '<',
        '\\',
        '{',
        '%ff',
        '%41',
        'versionId=',
        '&',
      ],
      [
        'http://',
        'https://a',
        'http:',
        's3://b/',
        's3://b/?',
        's3:',
        'tftp://',
        'gs://',
        'ftp:',
        'HTTP://',
        '',
      ],
    ],
  ])('on %s', async (_, words, beginnings) => {
    const texts = sample(words, 6000, beginnings);
    const files = texts.map((source, index) => ({ path: `/${index}`, contents: { source } }));
    const place = /error at \$\.storage\.files\.(\d+)\.contents\.source/g;
    const real = await refused(texts, { storage: { files } }, place);
    expect(real.size).toBeGreaterThan(100);
    expect(disagreeing(texts, real, (text) => objectionToSource(text, 3))).toEqual([]);
  });

  test('on paths', async () => {
    const texts = sample(['/', '.', 'a', ' ', '..'], 2000).filter((text) => text !== '');
    const files = texts.map((path) => ({ path }));
    const real = await refused(
      texts,
      { storage: { files } },
      /error at \$\.storage\.files\.(\d+)\.path/g,
    );
    expect(real.size).toBeGreaterThan(100);
    expect(disagreeing(texts, real, objectionToPath)).toEqual([]);
  });
});
