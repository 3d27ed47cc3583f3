import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findSignature, withSuffix } from '../../../src/verify/find-signature.ts';
import { startServer } from '../../support/servers.ts';

const { signal } = new AbortController();
const signature = Buffer.from('signature');
const html = Buffer.from('<!DOCTYPE html><title>Login</title>');
const quick = { retryForMs: 2000, backoff: () => 1 };

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
  const find = () => findSignature(`${server.url}/x`, quick, signal);
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

test('a server that answers everything with a web page, or forbids what it lacks', async () => {
  await using portal = await startServer({ fault: () => ({ file: { bytes: html } }) });
  expect(await findSignature(`${portal.url}/x`, quick, signal)).toEqual({
    instead: [`${portal.url}/x.sig is a web page`, `${portal.url}/x.asc is a web page`],
  });
  await using store = await startServer({ fault: () => ({ status: 403 }) });
  expect(await findSignature(`${store.url}/x`, quick, signal)).toMatchObject({
    instead: [expect.stringContaining('403'), expect.stringContaining('403')],
  });
});

test('what may pass is retried; when it does not, that is an error', async () => {
  await using server = await startServer({
    files: { '/x.sig': signature },
    fault: (index) => (index < 2 ? { status: 503 } : undefined),
  });
  expect(await findSignature(`${server.url}/x`, quick, signal)).toMatchObject({ bytes: signature });
  expect(server.requests).toHaveLength(3);
  await using down = await startServer({ fault: () => ({ status: 503 }) });
  const once = { ...quick, retryForMs: 0 };
  await expect(findSignature(`${down.url}/x`, once, signal)).rejects.toThrow('503');
});

test('beside a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'signature-'));
  try {
    const path = join(directory, 'x');
    expect(await findSignature(path, quick, signal)).toMatchObject({
      instead: [`${path}.sig: there is no such file`, `${path}.asc: there is no such file`],
    });
    writeFileSync(`${path}.asc`, signature);
    expect(await findSignature(path, quick, signal)).toMatchObject({ name: `${path}.asc` });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
