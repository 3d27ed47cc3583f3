import { expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import { hasty, never, noise } from '../../../support/read.ts';
import { type Fault, reservePort, startServer } from '../../../support/servers.ts';

const image = noise(10_000);
const serve = (fault: Fault, bytes: Uint8Array = image) =>
  startServer({ files: { '/image': bytes }, fault: () => fault });

test('the end of a file is asked for as a range', async () => {
  await using server = await serve({});
  const tail = await openSource(`${server.url}/image`, hasty).tail(100, 10_000, never);
  expect(tail).toEqual(image.subarray(-100));
  expect(server.requests[0]?.headers.range).toBe('bytes=9900-');
});

test('of a file that is shorter than that, everything comes', async () => {
  await using server = await serve({});
  expect(await openSource(`${server.url}/image`, hasty).tail(20_000, 10_000, never)).toEqual(image);
});

test.each<[string, Fault]>([
  ['has another file by now', { file: { bytes: noise(10_001) } }],
  ['has no ranges', { noRanges: true }],
  ['does not have the file', { status: 404 }],
  ['is overloaded', { status: 503 }],
  ['hands out another part', { headers: { 'Content-Range': 'bytes 0-99/10000' } }],
  ['hands out more', { headers: { 'Content-Range': 'bytes 9800-9999/10000' } }],
  ['does not know the size', { headers: { 'Content-Range': 'bytes 9900-9999/*' } }],
  ['breaks off', { cutAfterBytes: 50 }],
  ['stalls', { stallAfterBytes: 50 }],
  ['compresses on the way', { headers: { 'Transfer-Encoding': 'gzip, chunked' }, chunked: true }],
])('there is no end when the server %s', async (_, fault) => {
  await using server = await serve(fault);
  expect(await openSource(`${server.url}/image`, hasty).tail(100, 10_000, never)).toBeUndefined();
  expect(server.requests).toHaveLength(1);
});

test('there is no end when nobody listens', async () => {
  const port = await reservePort();
  expect(
    await openSource(`http://127.0.0.1:${port}/x`, hasty).tail(1, 10_000, never),
  ).toBeUndefined();
});

test('aborting is not taken for a server without ranges', async () => {
  const stop = new AbortController();
  await using server = await startServer({
    fault: () => {
      stop.abort(new Error('interrupted'));
      return { silent: true };
    },
  });
  const tail = openSource(`${server.url}/image`, hasty).tail(100, 10_000, stop.signal);
  await expect(tail).rejects.toThrow('interrupted');
});
