import { expect, test } from 'vitest';
import { checkIgnitionConfig } from '../../../src/config/check-ignition.ts';
import { translateYaml } from '../../../src/config/translate-yaml.ts';
import { warnOfConfigWipes } from '../../../src/plan/config-wipes.ts';
import { blocksOf, readPage } from '../../support/pages.ts';

const saved = [
  {
    ...{ number: 5, name: 'data', uniqueGuid: '', typeGuid: '' },
    ...{ offsetBytes: 20480 * 1024 * 1024, sizeBytes: 1024 * 1024 },
    fileSystem: { type: 'xfs', label: undefined, uuid: undefined },
  },
];

test('the config on the page has nothing odd in it, and keeps what it describes', () => {
  const [yaml = '', ...others] = blocksOf(readPage('saved-partitions.md'), 'yaml');
  expect(others).toEqual([]);
  const { config, translation } = translateYaml(Buffer.from(yaml), 'data.yaml');
  const { warnings } = checkIgnitionConfig(config.bytes, 'data.yaml', undefined, translation);
  // It shows what concerns the partition only; users have to be added.
  expect(warnings).toEqual([expect.stringContaining('nobody will be able to log in')]);
  expect(warnOfConfigWipes('/dev/sda', config.bytes, saved)).toEqual([]);
  // And it would be seen if it did not.
  const text = Buffer.from(config.bytes).toString();
  const wiping = text.replace('"format":"xfs"', '"format":"xfs","wipeFilesystem":true');
  expect(warnOfConfigWipes('/dev/sda', Buffer.from(wiping), saved)).toHaveLength(1);
});
