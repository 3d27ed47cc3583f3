import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeControl } from '../../../support/fake-control.ts';
import { provisionServer } from '../../../support/provision-server.ts';
import { digestOf } from '../../../support/small-fleet.ts';

const content = '0123456789';
const digest = digestOf(content);
const path = `/assets/sha256-${digest}/metal.raw.xz`;
let server: Awaited<ReturnType<typeof provisionServer>>;
beforeEach(async () => {
  server = await provisionServer(new FakeControl());
  await server.addAsset(`sha256-${digest}/metal.raw.xz`, content);
  await server.addAsset(`sha256-${digest}/.partial`, 'x');
  await server.addAsset(`sha256-${digest}.json`, '{}');
  await server.addAsset('tftp/snponly.efi', 'loader');
  await server.addAsset('tftp/grub/grub.cfg', 'configfile');
});
afterEach(async () => await server[Symbol.asyncDispose]());

test('an asset is named by what is in it, and never changes', async () => {
  const answer = await server.ask(path);
  expect(answer).toMatchObject({ status: 200, text: content });
  expect(answer.headers).toMatchObject({
    etag: `"${digest}"`,
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
    'content-length': '10',
  });
  const head = await server.ask(path, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '10' } });
});

test('what is not there is not kept as what is', async () => {
  // The installer looks for signatures beside an image.
  for (const absent of [`${path}.sig`, '/assets/tftp/absent.efi', '/grub/absent']) {
    const { status, text, headers } = await server.ask(absent);
    expect({ status, text }).toEqual({ status: 404, text: '{"error":"There is nothing here."}' });
    expect(headers).not.toHaveProperty('etag');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-type']).toContain('application/json');
  }
});

test('an error in place of a file is kept by no cache: it would stay there for a year', async () => {
  const loop = join(server.directory, `assets/sha256-${digest}/loop.raw.xz`);
  await symlink('loop.raw.xz', loop);
  const { status, headers } = await server.ask(path.replace('metal', 'loop'));
  expect(status).toBe(500);
  expect(headers['cache-control']).toBe('no-store');
  expect(headers).not.toHaveProperty('etag');
  expect(headers['content-type']).toContain('application/json');
});

describe('a part of it', () => {
  const part = async (range: string, headers = {}) =>
    await server.ask(path, { headers: { range, ...headers } });
  test('is what a client asks for', async () => {
    expect(await part('bytes=2-4')).toMatchObject({
      status: 206,
      text: '234',
      headers: { 'content-range': 'bytes 2-4/10', etag: `"${digest}"` },
    });
    expect(await part('bytes=7-')).toMatchObject({ status: 206, text: '789' });
    expect(await part('bytes=20-')).toMatchObject({ status: 416 });
  });
  test('only if the file is still the same', async () => {
    expect(await part('bytes=7-', { 'if-range': `"${digest}"` })).toMatchObject({ status: 206 });
    expect(await part('bytes=7-', { 'if-range': '"other"' })).toMatchObject({ status: 200 });
    expect(
      await server.ask(path, { headers: { 'if-none-match': `"x", "${digest}"` } }),
    ).toMatchObject({ status: 304, text: '' });
  });
});

test('boot loaders are there as well, and may change', async () => {
  const loader = await server.ask('/assets/tftp/snponly.efi');
  expect(loader).toMatchObject({ text: 'loader', headers: { 'cache-control': 'no-cache' } });
  expect((await server.ask('/assets/tftp/snponly.efi', { method: 'HEAD' })).status).toBe(200);
  expect((await server.ask('/assets/tftp/grub/grub.cfg')).text).toBe('configfile');
  expect((await server.ask('/grub/grub.cfg')).text).toBe('configfile');
});

/** As it is written, which a client library would correct first. */
async function rawly(target: string, more = ''): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`);
  return await text(socket);
}

test.each([path, '/grub?mac=52:54:00:00:00:01', '/grub/grub.cfg', '/boot.ipxe', '/grub/absent'])(
  'the length of %s is written as GRUB reads it',
  async (target) => {
    const answer = await rawly(target);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 (200|404) /);
    expect(head.match(/^content-length: .*$/gim)).toEqual([`Content-Length: ${body.length}`]);
  },
);

describe('nothing else of this machine can be fetched', () => {
  test.each([
    '/assets/../state/operators/alice',
    '/assets/sha256-../state/operators/alice',
    '/assets/%2e%2e/state/operators/alice',
    '/assets/tftp/../../state/operators/alice',
    '/assets/tftp/..%2f..%2fstate%2foperators%2falice',
    '/assets/tftp/%2e%2e/%2e%2e/state/operators/alice',
    '/assets/tftp/..\\..\\state\\operators\\alice',
    '/assets/tftp/grub/../../../state/operators/alice',
    '/assets/tftp//etc/passwd',
    '/assets/tftp/%00',
    `/assets/sha256-${digest}/..%2f..%2f..%2fstate%2foperators%2falice`,
    `/assets/sha256-${digest}/../../state/operators/alice`,
    `/assets/sha256-${digest}/%2e%2e`,
    `/assets/sha256-${digest}/.partial`,
    `/assets/sha256-${digest}/%zz`,
    `/assets/sha256-${digest}.json`,
    `/assets/sha256-${digest}/`,
    `/assets/sha256-${digest.slice(1)}/metal.raw.xz`,
    '//etc/passwd',
    'http://169.254.169.254/assets/tftp/../x',
  ])('%s', async (target) => {
    const answer = await rawly(target);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|403|404) /);
    expect(answer).not.toMatch(/^[0-9a-f]{64}$|root:/m);
  });

  test('and no header field can be put into an answer', async () => {
    const answer = await rawly('/grub?mac=%0d%0aset-cookie:%20a=b&serial=%0aset-cookie:1');
    expect(answer).not.toMatch(/set-cookie/i);
    expect(await rawly('/assets/tftp/%0d%0aset-cookie:a')).not.toMatch(/^set-cookie/im);
  });
});
