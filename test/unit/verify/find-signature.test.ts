import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SourceOptions } from '../../../src/fetch/source.ts';
import { findSignature, isOpenPgpData, withSuffix } from '../../../src/verify/find-signature.ts';
import { type Fault, reservePort, startServer } from '../../support/servers.ts';

const { signal } = new AbortController();
/** The header of a signature packet, and something behind it. */
const signature = Buffer.from('\x89\x01\x33\x04signature', 'latin1');
const html = Buffer.from('<!DOCTYPE html><title>Login</title>');
const quick: SourceOptions = { retryForMs: 2000, backoff: () => 1 };

const look = (location: string, source = quick, required = false) =>
  findSignature(location, { required, source }, signal);

test.each([
  ['http://h/x.raw.xz', 'http://h/x.raw.xz.sig'],
  ['http://h/x.raw.xz?token=1#part', 'http://h/x.raw.xz.sig?token=1#part'],
  ['file:///srv/a%20b', 'file:///srv/a%20b.sig'],
  ['/srv/what?.raw', '/srv/what?.raw.sig'],
])('beside %s', (location, beside) => {
  expect(withSuffix(location, '.sig')).toBe(beside);
});

test('.sig first, then .asc; each is asked for once where it is not there', async () => {
  const files: Record<string, Uint8Array> = { '/x.sig': signature, '/x.asc': html };
  await using server = await startServer({ files });
  const find = () => look(`${server.url}/x`);
  expect(await find()).toEqual({ name: `${server.url}/x.sig`, bytes: signature });
  delete files['/x.sig'];
  files['/x.asc'] = signature;
  expect(await find()).toMatchObject({ name: `${server.url}/x.asc` });
  delete files['/x.asc'];
  expect(await find()).toEqual({
    instead: [
      `${server.url}/x.sig: the server has no such file (404 Not Found)`,
      `${server.url}/x.asc: the server has no such file (404 Not Found)`,
    ],
  });
  expect(server.requests.map(({ path }) => path)).toEqual([
    ...['/x.sig', '/x.sig', '/x.asc', '/x.sig', '/x.asc'],
  ]);
});

const image = Buffer.alloc(2 * 1024 * 1024, 7);

test.each<[string, Fault, RegExp]>([
  ['a web page', { file: { bytes: html } }, /is a web page$/],
  ['the image itself', { file: { bytes: image } }, /it is 2097152 bytes, and at most 1 MiB/],
  ['the image in pieces', { file: { bytes: image }, chunked: true }, /it is larger, and at most/],
  [
    'a small image in xz',
    { file: { bytes: Buffer.from('\xfd7zXZ\0', 'latin1') } },
    /not an OpenPGP sig/,
  ],
  ['nothing', { file: { bytes: Buffer.alloc(0) } }, /is empty$/],
  ['JSON', { file: { bytes: Buffer.from('{"error": 404}') } }, /is not an OpenPGP signature$/],
  ['a redirect in a circle', { redirectTo: '/x.sig' }, /its redirects form a loop/],
  ['a redirect to nowhere', { redirectTo: 'ftp://h/x' }, /redirects to a ftp: URL/],
  ['no permission', { status: 403 }, /403 Forbidden/],
  [
    'something else than HTTP',
    { raw: 'SSH-2.0-OpenSSH_9.2\r\n' },
    /did not send a valid HTTP response/,
  ],
])('a server that answers every request with %s: that is told', async (_, fault, words) => {
  await using server = await startServer({ fault: () => fault });
  const told = [expect.stringMatching(words), expect.stringMatching(/./)];
  expect(await look(`${server.url}/x`)).toEqual({ instead: told });
  expect(server.requests.length).toBeLessThan(5);
});

// With Infinity it is tried again for ever, as on the medium.
describe.concurrent.each([2000, Number.POSITIVE_INFINITY])(
  'what may pass, retried for %d ms',
  (retryForMs) => {
    const options = { retryForMs };

    test('is asked for again', async () => {
      await using server = await startServer({
        files: { '/x.sig': signature },
        fault: (index) => (index < 2 ? { status: 503 } : undefined),
      });
      expect(await look(`${server.url}/x`, options)).toMatchObject({ bytes: signature });
      expect(server.requests).toHaveLength(3);
    });

    test('and does not is told after a few tries within seconds', async () => {
      const port = await reservePort();
      await using down = await startServer({ fault: () => ({ status: 503 }) });
      await using astray = await startServer({
        fault: () => ({ redirectTo: `https://127.0.0.1:${port}/x.sig` }),
      });
      const startMs = performance.now();
      const [one, two] = await Promise.all([
        look(`${down.url}/x`, options),
        look(`${astray.url}/x`, options),
      ]);
      expect(performance.now() - startMs).toBeLessThan(20_000);
      const twice = (words: RegExp) => [expect.stringMatching(words), expect.stringMatching(words)];
      expect(one).toEqual({ instead: twice(/503 Service Unavailable\); tried \d times in \d s$/) });
      expect(two).toEqual({
        instead: twice(/refuses the connection, redirected to https:.* tried/),
      });
      expect(down.requests.length).toBeGreaterThan(4);
      expect(down.requests.length).toBeLessThan(20);
    });

    test('and is never answered is told once, within seconds', async () => {
      await using silent = await startServer({ fault: () => ({ silent: true }) });
      await using slow = await startServer({
        files: { '/x.sig': signature },
        fault: () => ({ drip: { pieceBytes: 1, everyMs: 1500 } }),
      });
      const startMs = performance.now();
      const [one, two] = await Promise.all([
        look(`${silent.url}/x`, options),
        look(`${slow.url}/x`, options),
      ]);
      expect(performance.now() - startMs).toBeLessThan(15_000);
      expect(one).toEqual({
        instead: [expect.stringMatching(/x\.sig: .* sends no answer for 4 s$/)],
      });
      expect(two).toEqual({ instead: [`${slow.url}/x.sig: no answer within 6 s`] });
    });
  },
);

test.concurrent('where one is required, what may pass is tried for as long as everything else', async () => {
  await using server = await startServer({
    files: { '/x.sig': signature },
    fault: (index) => (index < 8 ? { status: 503 } : undefined),
  });
  const backoff = () => 500;
  const options = { retryForMs: 60_000, backoff };
  expect(await look(`${server.url}/x`, options, true)).toMatchObject({ bytes: signature });
  expect(server.requests).toHaveLength(9);
});

test('where one is required, an error that leaves it open is one', async () => {
  await using down = await startServer({ fault: () => ({ status: 503 }) });
  const once = { ...quick, retryForMs: 0 };
  await expect(look(`${down.url}/x`, once, true)).rejects.toThrow('503');
  await using circle = await startServer({
    fault: (_, { url }) => (url === '/x.sig' ? { redirectTo: '/x.sig' } : undefined),
  });
  await expect(look(`${circle.url}/x`, quick, true)).rejects.toThrow('form a loop');
  await using second = await startServer({
    files: { '/x.asc': signature },
    fault: (_, { url }) => (url === '/x.sig' ? { redirectTo: '/x.sig' } : undefined),
  });
  expect(await look(`${second.url}/x`, quick, true)).toMatchObject({ bytes: signature });
  await using none = await startServer({});
  expect(await look(`${none.url}/x`, quick, true)).toMatchObject({
    instead: [expect.stringMatching('404'), expect.stringMatching('404')],
  });
});

test('being interrupted is no reason of a server', async () => {
  const stop = new AbortController();
  await using server = await startServer({
    fault: () => {
      stop.abort(new Error('interrupted'));
      return { silent: true };
    },
  });
  const options = { required: false, source: quick };
  const looking = findSignature(`${server.url}/x`, options, stop.signal);
  await expect(looking).rejects.toThrow('interrupted');
});

test('beside a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'signature-'));
  try {
    const path = join(directory, 'x');
    expect(await look(path)).toMatchObject({
      instead: [`${path}.sig: there is no such file`, `${path}.asc: there is no such file`],
    });
    writeFileSync(`${path}.asc`, signature);
    expect(await look(path)).toMatchObject({ name: `${path}.asc` });
    mkdirSync(`${path}.sig`);
    expect(await look(path)).toMatchObject({ name: `${path}.asc` });
    writeFileSync(`${path}.asc`, 'not signed\n');
    expect(await look(path)).toMatchObject({
      instead: [`${path}.sig: it is a directory`, `${path}.asc is not an OpenPGP signature`],
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.each<[string, boolean]>([
  ['-----BEGIN PGP SIGNATURE-----\n\niQ', true],
  ['The signature:\n\n-----BEGIN PGP SIGNATURE-----\n', true],
  ['-----BEGIN PGP PUBLIC KEY BLOCK-----\n', true],
  ['\x88\x5e\x04', true],
  ['\xc2\x5e\x04', true],
  ['-----BEGIN CERTIFICATE-----\n', false],
  ['untrusted comment: minisign', false],
  ['\xeb\x63\x90', false],
  ['\xef\xbb\xbf{}', false],
  ['\x1f\x8b', false],
  ['\0\0\0', false],
])('%j may be OpenPGP data: %s', (text, expected) => {
  expect(isOpenPgpData(Buffer.from(text, 'latin1'))).toBe(expected);
});
