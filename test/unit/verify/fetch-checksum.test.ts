import { expect, test } from 'vitest';
import { openSource } from '../../../src/fetch/open-source.ts';
import { fetchChecksum, fileNameOf } from '../../../src/verify/fetch-checksum.ts';
import { startServer } from '../../support/servers.ts';

test.each([
  ['http://h/dir/x.raw.xz', 'x.raw.xz'],
  ['http://h/dir/x.raw.xz?token=a/b#c', 'x.raw.xz'],
  ['http://h/a%20b.raw', 'a b.raw'],
  ['http://h/100%.raw', '100%.raw'],
  ['file:///srv/x.raw', 'x.raw'],
  ['/srv/a%20b.raw', 'a%20b.raw'],
])('the file name of %s', (location, name) => {
  expect(fileNameOf(location)).toBe(name);
});

test('looks the image up', async () => {
  const hex = 'ab'.repeat(32);
  const files = {
    '/SHA256SUMS': Buffer.from(`${hex}  x.raw.xz\n`),
    '/login': Buffer.from('<!DOCTYPE html><title>Login</title>'),
    '/large': Buffer.alloc(1024 * 1024 + 1),
  };
  await using server = await startServer({ files });
  const { signal } = new AbortController();
  const fetch = (path: string) =>
    fetchChecksum(openSource(server.url + path), 'http://h/x.raw.xz', signal);
  const from = `${server.url}/SHA256SUMS`;
  expect(await fetch('/SHA256SUMS')).toEqual({ algorithm: 'sha256', hex, from });
  await expect(fetch('/login')).rejects.toThrow('it is a web page');
  await expect(fetch('/large')).rejects.toThrow('at most 1 MiB');
  await expect(fetch('/none')).rejects.toThrow('404');
});
