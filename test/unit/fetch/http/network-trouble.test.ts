import { expect, test } from 'vitest';
import { networkTrouble } from '../../../../src/fetch/http/network-trouble.ts';
import type { Hop } from '../../../../src/fetch/http/trouble.ts';

const url = new URL('http://192.0.2.1/image');
const proxy = new URL('http://192.0.2.2:3128');
const linkLocal = new URL('http://[fe80::1]/image');

const trouble = (code: string, hop: Partial<Hop> = {}, message = 'x') =>
  networkTrouble(
    Object.assign(new Error(message), { code }),
    { url, proxy: undefined, ...hop },
    { connectTimeoutMs: 1000, stallTimeoutMs: 1000 },
  );

test.each(['EADDRNOTAVAIL', 'ENETDOWN', 'ENOBUFS', 'EPERM'])(
  '%s, as while an interface is being set up, is tried again',
  (code) => {
    expect(trouble(code)).toMatchObject({ code: 'network-failed', transient: true });
  },
);

test('an error that is not the system’s is not tried again', () => {
  expect(trouble('ERR_X')).toMatchObject({ code: 'network-failed', transient: false });
});

test.each<[string, string, Partial<Hop>]>([
  ['network-interface-needed', 'EINVAL', { url: linkLocal }],
  ['network-interface-needed', 'EHOSTUNREACH', { url: linkLocal }],
  ['network-interface-missing', 'ENODEV', { url: linkLocal, zone: 'eth0' }],
  ['network-host-unreachable', 'EHOSTUNREACH', { url: linkLocal, zone: 'eth0' }],
  ['network-host-unreachable', 'EHOSTUNREACH', { url: linkLocal, proxy }],
  ['network-host-unreachable', 'EHOSTUNREACH', {}],
  ['network-no-route', 'ENETUNREACH', {}],
  ['connection-refused', 'ECONNREFUSED', { url: linkLocal }],
  ['network-failed', 'ENODEV', { url: linkLocal, proxy }],
  ['network-failed', 'ENODEV', {}],
])('%s: %s with %j', (code, errno, hop) => {
  expect(trouble(errno, hop)).toMatchObject({ code, transient: true });
});

test.each([
  [408, true],
  [429, true],
  [500, true],
  [503, true],
  [403, false],
  [409, false],
  [430, false],
])('a proxy that answers %i may be asked again: %s', (status, transient) => {
  const said = `Proxy response (${status}) !== 200 when HTTP Tunneling`;
  expect(trouble('UND_ERR_ABORTED', { proxy }, said)).toMatchObject({
    code: transient ? 'proxy-server-unreachable' : 'proxy-forbidden',
    transient,
  });
});
