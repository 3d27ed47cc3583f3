import { expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import type { EarlierPart, OpenSource } from '../../../../src/fetch/source.ts';
import { BackgroundHash } from '../../../../src/native/hash.ts';
import { digest, hasty, never, noise } from '../../../support/read.ts';
import { type Fault, startServer } from '../../../support/servers.ts';

const image = noise(300_000);
const etag = '"one"';

async function earlier(lengthBytes: number): Promise<EarlierPart> {
  const sha256 = new BackgroundHash('sha256');
  await sha256.update(image.subarray(0, lengthBytes));
  return { lengthBytes, sizeBytes: image.length, validator: etag, sha256 };
}

async function rest({ startBytes = 0, bytes }: OpenSource): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  const all = Buffer.concat(parts);
  expect(digest(all)).toBe(digest(image.subarray(startBytes)));
  return all;
}

const serve = (...faults: Fault[]) =>
  startServer({ files: { '/image': { bytes: image, etag } }, fault: (index) => faults[index] });

test.each([1, 299_999])('after %d bytes of an earlier run only the rest comes', async (length) => {
  await using server = await serve();
  const open = await openSource(`${server.url}/image`, hasty).open(never, await earlier(length));
  expect(open).toMatchObject({ startBytes: length, sizeBytes: image.length, validator: etag });
  await rest(open);
  expect(await open.sha256()).toBe(digest(image));
  expect(server.requests.map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
    [`bytes=${length}-`, etag],
  ]);
});

test('the rest goes on where it breaks', async () => {
  await using server = await serve({ stallAfterBytes: 100_000 });
  const open = await openSource(`${server.url}/image`, hasty).open(never, await earlier(100_000));
  await rest(open);
  expect(await open.sha256()).toBe(digest(image));
  expect(server.requests[1]?.headers.range).toBe('bytes=200000-');
});

test.each<[string, Fault, number]>([
  ['has another version', { file: { bytes: image, etag: '"two"' } }, 1],
  ['has no ranges', { noRanges: true }, 1],
  ['does not have so much', { status: 416 }, 2],
  ['denies the condition', { status: 412 }, 2],
  ['hands out another part', { headers: { 'Content-Range': 'bytes 99999-299999/300000' } }, 2],
  ['hands out less', { headers: { 'Content-Range': 'bytes 100000-299998/300000' } }, 2],
  ['has another size', { headers: { 'Content-Range': 'bytes 100000-299999/300001' } }, 2],
  ['does not say which part', { headers: { 'Content-Range': '' } }, 2],
  ['names another version', { headers: { ETag: '"two"' } }, 2],
])('all comes from a server that %s', async (_, fault, requests) => {
  await using server = await serve(fault);
  const open = await openSource(`${server.url}/image`, hasty).open(never, await earlier(100_000));
  expect(open.startBytes).toBe(0);
  expect((await rest(open)).length).toBe(image.length);
  expect(await open.sha256()).toBe(digest(image));
  expect(server.requests).toHaveLength(requests);
  await Promise.all(server.requests.map(({ closed }) => closed));
});

test('what a server has no name for has no validator', async () => {
  await using server = await startServer({ files: { '/image': image } });
  const open = await openSource(`${server.url}/image`, hasty).open(never);
  expect(open.validator).toBeUndefined();
  await rest(open);
});

test('an answer with the rest need not name the version again', async () => {
  await using server = await serve({ headers: { ETag: '' }, stallAfterBytes: 100_000 });
  const open = await openSource(`${server.url}/image`, hasty).open(never, await earlier(100_000));
  expect(open.validator).toBe(etag);
  await rest(open);
  expect(server.requests[1]?.headers.range).toBe('bytes=200000-');
});
