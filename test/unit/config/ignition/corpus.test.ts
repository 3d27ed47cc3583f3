import { describe, expect, test } from 'vitest';
import { validateIgnition } from '../../../../src/config/ignition/validate.ts';
import { realVerdicts } from '../../../support/ignition-validate.ts';
import { lacks } from '../../../support/needs.ts';
import { configOf, corpus } from './corpus.ts';
import { corpusVerdicts } from './corpus-verdicts.ts';
import { differences } from './differences.ts';

const isValid = (text: string) =>
  validateIgnition(Buffer.from(text)).findings.every(({ severity }) => severity === 'warning');

describe.skipIf(lacks('ignition-validate'))('ignition-validate agrees', () => {
  test.each(['3.0.0', '3.1.0', '3.2.0', '3.3.0'])(
    'in version %s, but for the differences that are listed',
    async (version) => {
      const real = await corpusVerdicts(version);
      const disagreeing = corpus.flatMap(([name, sections]) => {
        const valid = real.get(name);
        if (isValid(JSON.stringify(configOf(sections, version))) === valid) return [];
        return differences[name] !== undefined && valid ? [] : [{ name, valid }];
      });
      expect(disagreeing).toEqual([]);
      expect([...real.values()].filter((valid) => valid).length).toBeGreaterThan(200);
    },
    120_000,
  );

  test('in what is JSON', async () => {
    const start = '{"ignition":{"version":"3.0.0"}';
    const texts: readonly string[] = [
      ...['', ' ', 'null', '[]', '1', '"x"', '{}', '{', start, `${start}}`, `${start}}\n`],
      ...[`${start},}`, `${start}} x`, `${start}}{}`, `${start},"a":01}`, `${start},"a":.5}`],
      ...[`${start},"a":"\n"}`, `${start},"a":"\\x"}`, `${start},"a":'x'}`, `${start}//\n}`],
      ...[`\u00a0${start}}`, `\ufeff${start}}`, `${start},"a":"\\ud800"}`, `${start},"a":NaN}`],
      ...['{"ignition":null}', '{"ignition":[]}', '{"ignition":{}}', '{"ignition":{"version":3}}'],
      ...['2.2.0', '3.0', '3', '3.0.1', '4.0.0', 'x', '', ' 3.0.0', 'v3.0.0'].map(
        (version) => `{"ignition":{"version":"${version}"}}`,
      ),
    ];
    const real = await realVerdicts(texts);
    expect(texts.map((text) => [text, isValid(text)])).toEqual(
      texts.map((text, index) => [text, real[index]?.valid]),
    );
  }, 60_000);

  test('with less, where it is stricter here', async () => {
    const texts = [
      '{"ignition":{"version":"03.0.0"}}',
      '{"ignition":{"version":"3.0.0"},"passwd":{},"passwd":{}}',
      `{"ignition":{"version":"3.0.0"},"a":${'['.repeat(300)}${']'.repeat(300)}}`,
    ];
    expect((await realVerdicts(texts)).map(({ valid }) => valid)).toEqual([true, true, true]);
    expect(texts.map(isValid)).toEqual([false, false, false]);
  });
});

test('every difference that is listed is one', () => {
  const names = corpus.map(([name]) => name);
  const listed = Object.keys(differences).filter((name) => names.includes(name));
  expect(listed.length).toBe(Object.keys(differences).length - 3);
});
