import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { fetchingKeys, type ParameterOptions } from '../../../src/parameters/parameters.ts';
import { findFetching } from '../../../src/parameters/resolve.ts';

const find = (kernel: string, options: ParameterOptions = {}) =>
  findFetching({ options, files: { directory: '/tmp' }, kernel: parseKernelArguments(kernel) });

test('nothing is given: nothing is set', () => {
  expect(fetchingKeys.length).toBeGreaterThanOrEqual(7);
  expect(Object.values(find('quiet'))).toEqual(fetchingKeys.map(() => undefined));
});

test('every value may be a kernel argument', () => {
  const found = find(
    'coreos.inst.retry_for=5m coreos.inst.proxy=http://proxy:3128 coreos.inst.noproxy=.local,10.0.0.0/8 ' +
      'coreos.inst.ca_file=/ca.pem coreos.inst.cert=/cert.pem coreos.inst.key=/key.pem ' +
      'coreos.inst.header_file=/token',
  );
  const texts = Object.entries(found).map(([key, given]) => [key, given?.value]);
  expect(Object.fromEntries(texts)).toMatchObject({
    ...{ retryFor: '5m', proxy: 'http://proxy:3128', noProxy: '.local,10.0.0.0/8' },
    ...{ caFile: '/ca.pem', certFile: '/cert.pem', keyFile: '/key.pem', headerFile: '/token' },
  });
  expect(found.caFile?.origin).toEqual({ kind: 'kernel', name: 'coreos.inst.ca_file=' });
});

test('an option wins, and is named as it was typed', () => {
  const { proxy } = find('coreos.inst.proxy=http://kernel:1', { proxy: 'http://option:1' });
  expect(proxy).toEqual({
    value: 'http://option:1',
    origin: { kind: 'option', name: '--proxy' },
  });
});

test('a path is kept so that it means the same in another directory', () => {
  expect(find('', { caFile: 'ca.pem' }).caFile?.value).toBe(join(process.cwd(), 'ca.pem'));
});

describe('refused', () => {
  test('a time that is none', () => {
    expect(() => find('coreos.inst.retry_for=soon')).toThrow(
      'Cannot use "soon" from the kernel argument coreos.inst.retry_for= as a time',
    );
  });

  test.each(['socks5://host:1080', 'http://', 'http://a b', 'ftp://host'])('proxy %s', (proxy) => {
    expect(() => find('', { proxy })).toThrow(ParameterError);
    expect(() => find('', { proxy })).toThrow(/from --proxy as a proxy: it is not the http/);
  });

  test('a proxy, without telling its password', () => {
    expect(() => find('', { proxy: 'socks5://me:secret@host' })).toThrow(/"socks5:\/\/\*\*\*@host/);
  });
});
