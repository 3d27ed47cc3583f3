import { describe, expect, test } from 'vitest';
import { isDeviceRule, parseDeviceRule } from '../../../src/parameters/device-rule.ts';
import { failure } from '../../support/failure.ts';

const parse = (value: string) =>
  parseDeviceRule({ value, origin: { kind: 'option', name: '-d' } }).terms.map(
    ({ text: _, ...term }) => term,
  );

describe('a rule, and not a name', () => {
  test.each([
    ...['smallest', 'largest', 'largest,bus=nvme', 'bus=nvme,largest', 'serial=S5Y1', 'size>=100G'],
    ...['size<1T', 'nonsense=1', 'bus=', '=', 'model=Samsung SSD'],
  ])('%s', (text) => {
    expect(isDeviceRule(text)).toBe(true);
  });
  test.each([
    ...[
      'sda',
      '/dev/sda',
      'disk/by-id/wwn-0x5002',
      '/dev/disk/by-id/a=b',
      'smallest1',
      'mapper/largest',
    ],
    ...['', 'sda,sdb', '/dev/largest'],
  ])('%j is none', (text) => {
    expect(isDeviceRule(text)).toBe(false);
  });
});

test('each condition is read', () => {
  expect(parse('largest')).toEqual([{ key: 'largest' }]);
  expect(parse('smallest, serial=S5*, model=Samsung SSD 8?0,wwn=0x5002,bus=sata')).toEqual([
    { key: 'smallest' },
    { key: 'serial', pattern: 'S5*' },
    { key: 'model', pattern: 'Samsung SSD 8?0' },
    { key: 'wwn', pattern: '0x5002' },
    { key: 'bus', bus: 'sata' },
  ]);
});

test.each([
  ['size>=100G', '>=', 100e9],
  ['size<=1.5TB', '<=', 1.5e12],
  ['size>100GiB', '>', 100 * 2 ** 30],
  ['size<512MiB', '<', 512 * 2 ** 20],
  ['size=1000204886016', '=', 1000204886016],
  ['size=8K', '=', 8000],
  ['size=8B', '=', 8],
])('%s', (text, comparison, sizeBytes) => {
  expect(parse(text)).toEqual([{ key: 'size', comparison, sizeBytes }]);
});

test.each([
  ['largest,', '"" is not a condition'],
  ['largest,sda', '"sda" is not a condition'],
  ['serial=', '"serial=" has no value'],
  ['size>=', 'has no value'],
  ['size>=much', 'has no size such as'],
  ['size>=1iB', 'has no size such as'],
  ['size>=1P', 'has no size such as'],
  ['size>=-1G', 'has no size such as'],
  ['model>Samsung', 'only a size can be compared'],
  ['bus=ide', 'names no bus; there are nvme'],
  ['vendor=ATA', 'is not a condition'],
  ['=5', 'is not a condition'],
  ['constructor=1', 'is not a condition'],
])('%s is refused: %s', (text, words) => {
  expect(() => parse(text)).toThrow(failure('invalid-device-rule'));
  expect(() => parse(text)).toThrow(words);
});
