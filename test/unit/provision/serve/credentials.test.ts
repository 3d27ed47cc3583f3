import { expect, test } from 'vitest';
import { addressOf, bearerOf, permitOf } from '../../../../src/provision/serve/credentials.ts';

test('an IPv4 client of a server that listens for IPv6 has its IPv4 address', () => {
  const of = (ip: string) => addressOf({ ip } as never);
  expect(of('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(of('192.0.2.1')).toBe('192.0.2.1');
  expect(of('2001:db8::ffff:1')).toBe('2001:db8::ffff:1');
  expect(of('::ffff:0:1')).toBe('::ffff:0:1');
});

test('user name and password, whose colons are its own', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  expect(permitOf(basic('id:to:ken'))).toEqual({ id: 'id', token: 'to:ken' });
  expect(permitOf(basic('id:'))).toEqual({ id: 'id', token: '' });
  for (const other of [
    undefined,
    '',
    basic('id'),
    'Basic',
    'Bearer YTpi',
    'Basic Y T',
    basic('a:'.padEnd(400)),
  ])
    expect(permitOf(other)).toBeUndefined();
});

test('a bearer’s token', () => {
  expect(bearerOf('Bearer abc-_1')).toBe('abc-_1');
  expect(bearerOf('bearer abc')).toBe('abc');
  for (const other of [
    undefined,
    '',
    'Bearer',
    'Bearer a b',
    'Basic abc',
    `Bearer ${'x'.repeat(201)}`,
  ])
    expect(bearerOf(other)).toBeUndefined();
});
