import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkIgnitionConfig } from '../../../src/config/check-ignition.ts';
import { translateYaml } from '../../../src/config/translate-yaml.ts';
import { blocksOf } from '../../support/pages.ts';

const page = readFileSync(new URL('../../../docs/write-a-config.md', import.meta.url), 'utf8');

test.each(blocksOf(page, 'yaml'))(
  'an example is a config that nothing is odd about: %#',
  (yaml) => {
    const { config, translation } = translateYaml(Buffer.from(yaml), 'simple.yaml');
    const { warnings } = checkIgnitionConfig(config.bytes, 'simple.yaml', undefined, translation);
    expect(warnings).toEqual([]);
  },
);

test('the table has every version, with what it becomes', () => {
  const rows = [...page.matchAll(/^\| (1\.\d\.0) \| (3\.\d\.0) \|/gm)].map(([, yaml, ignition]) => [
    yaml,
    ignition,
  ]);
  expect(rows).toEqual(
    rows.map((_, minor) => {
      const yaml = `variant: fcos\nversion: 1.${minor}.0\n`;
      const { config } = translateYaml(Buffer.from(yaml), 'x');
      const { ignition } = JSON.parse(Buffer.from(config.bytes).toString());
      return [`1.${minor}.0`, ignition.version];
    }),
  );
  expect(rows).toHaveLength(8);
});
