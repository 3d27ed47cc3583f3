import { describe, expect, test } from 'vitest';
import { queryText, readQuery } from '../../../../src/provision/serve/read-query.ts';

const uuid = '4c4c4544-0042-3510-8052-b4c04f4e3432';

test('what iPXE and GRUB send', () => {
  expect(
    readQuery({
      mac: '52-54-00-AB-00-01',
      uuid: uuid.toUpperCase(),
      serial: ' CZ1234 ',
      asset: 'x',
      manufacturer: 'Dell Inc.',
      product: 'PowerEdge R640',
      platform: 'efi',
      domain: 'example',
    }),
  ).toEqual({
    mac: '52:54:00:ab:00:01',
    uuid,
    serial: 'cz1234',
  });
});

test.each([
  ['nothing', undefined],
  ['empty values', { mac: '', uuid: '', serial: '' }],
  [
    'placeholders',
    { mac: '00-00-00-00-00-00', serial: 'To be filled by O.E.M.', uuid: '0'.repeat(8) },
  ],
  ['filler UUIDs', { uuid: '03000200-0400-0500-0006-000700080009' }],
  ['half a MAC address', { mac: '52:54:00:00:00' }],
  ['what is too long', { serial: 'x'.repeat(129), uuid: 'y'.repeat(10_000) }],
  ['control characters', { serial: 'a\nb' }],
  ['an escape', { serial: 'a\u001bb' }],
  ['what is not ASCII', { serial: 'ä' }],
  ['objects', { mac: { a: '52:54:00:00:00:01' }, serial: 7 }],
])('%s: left out', (_, given) => {
  expect(readQuery(given)).toEqual({});
});

test('of what is given twice, the first', () => {
  expect(readQuery({ serial: ['a', 'b'] })).toEqual({ serial: 'a' });
});

describe('asked again', () => {
  test('every value is escaped', () => {
    const query = readQuery({ mac: '52:54:00:00:00:01', serial: 'a b&c=d' });
    expect(queryText(query)).toBe('mac=52%3A54%3A00%3A00%3A00%3A01&serial=a+b%26c%3Dd');
    expect(readQuery(Object.fromEntries(new URLSearchParams(queryText(query))))).toEqual(query);
  });
});
