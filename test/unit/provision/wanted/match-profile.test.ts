import { expect, test } from 'vitest';
import type { ProfileMatch } from '../../../../src/provision/model.ts';
import {
  bySpecificity,
  clash,
  isSubnet,
  matchProfile,
} from '../../../../src/provision/wanted/match-profile.ts';

const matches: readonly ProfileMatch[] = [
  { profile: 'any-dell', vendor: 'Dell Inc.' },
  { profile: 'wide', subnet: '192.0.0.0/16' },
  { profile: 'dell-here', vendor: 'Dell Inc.', subnet: '192.0.2.0/24' },
  { profile: 'narrow', subnet: '192.0.2.0/24' },
  { profile: 'six', subnet: '2001:db8::/32' },
].toSorted(bySpecificity);

test.each([
  ['dell-here', { vendor: ' dell INC. ' }, '192.0.2.7'],
  ['any-dell', { vendor: 'Dell Inc.' }, '198.51.100.1'],
  ['narrow', { vendor: 'HPE' }, '192.0.2.7'],
  ['narrow', {}, '::ffff:192.0.2.7'],
  ['wide', {}, '192.0.3.7'],
  ['six', {}, '2001:db8::7'],
  [undefined, {}, '203.0.113.1'],
  [undefined, { product: 'Dell Inc.' }, 'no address'],
])('%s for %j from %s', (profile, query, address) => {
  expect(matchProfile(query, address, matches)).toBe(profile);
});

test.each([
  [true, { vendor: 'a' }, { product: 'b' }],
  [true, { vendor: 'a' }, { vendor: 'A' }],
  [true, { subnet: '192.0.2.0/24' }, { subnet: '192.0.2.9/24' }],
  [false, { vendor: 'a' }, { vendor: 'b' }],
  [false, { vendor: 'a' }, { vendor: 'a', product: 'b' }],
  [false, { subnet: '192.0.2.0/24' }, { subnet: '192.0.0.0/16' }],
  [false, { subnet: '192.0.2.0/24' }, { subnet: '192.0.3.0/24' }],
])('whether neither is more specific: %s', (expected, one, other) => {
  expect(clash({ profile: 'p', ...one }, { profile: 'q', ...other })).toBe(expected);
});

test.each([
  ['192.0.2.0/24', true],
  ['::/0', true],
  ['192.0.2.0', false],
  ['192.0.2.0/33', false],
  ['::/129', false],
  ['192.0.2.0/24/1', false],
  ['192.0.2/24', false],
])('%s is a subnet: %s', (text, expected) => {
  expect(isSubnet(text)).toBe(expected);
});
