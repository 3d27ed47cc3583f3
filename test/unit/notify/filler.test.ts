import { expect, test } from 'vitest';
import { isFiller, isFillerUuid } from '../../../src/notify/filler.ts';

test.each([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE',
  '03000200-0400-0500-0006-000700080009',
  '00020003-0004-0005-0006-000700080009',
  '12345678-1234-5678-90AB-CDDEEFAABBCC',
])('%s is on many machines', (uuid) => {
  expect(isFillerUuid(uuid)).toBe(true);
  expect(isFiller(uuid)).toBe(true);
});

test.each([
  '4c4c4544-0042-3510-8052-b4c04f4e3432',
  'ffffffff-ffff-ffff-ffff-fffffffffffe',
  '03000200-0400-0500-0006-000700080010',
  '00000000-0000-0000-0000-ac1f6b000001',
])('%s identifies a machine', (uuid) => {
  expect(isFillerUuid(uuid)).toBe(false);
  expect(isFiller(uuid)).toBe(false);
});

test.each([
  ...['', ' ', 'N/A', 'Unknown', '123456789', '0123456789', '0123456789ABCDEF', 'FFFFFFFF'],
  ...['xxxxxxx', '--', 'Default_string', 'Chassis Serial Number', 'Base Board Serial Number'],
])('%j is no serial number', (text) => {
  expect(isFiller(text)).toBe(true);
});

test.each(['F7', 'FFFF', 'X0', '1234567', 'CZ1234', 'none7'])('%j is one', (text) => {
  expect(isFiller(text)).toBe(false);
});
