import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import type { Rereading, Waiting } from '../../../../src/fetch/source.ts';
import { InputError } from '../../../../src/lib/errors.ts';
import { failure } from '../../../support/failure.ts';
import { digest, hasty, noise, readAll } from '../../../support/read.ts';
import { type Fault, type ServedFile, startServer } from '../../../support/servers.ts';

const bytes = noise(1_000_000);
const tagged: ServedFile = { bytes, etag: '"version-1"' };
const dated: ServedFile = { bytes, lastModified: new Date(Date.now() - 60_000) };

/** A server whose answers go wrong as told, one after the other, then right. */
const serve = (file: ServedFile, ...faults: Fault[]) =>
  startServer({ files: { '/image': file }, fault: (index) => faults[index] });

const ranges = (server: Awaited<ReturnType<typeof serve>>) =>
  server.requests.map(({ headers }) => headers.range);

test.each<[string, Fault]>([
  ['is closed', { cutAfterBytes: 300_000 }],
  ['is reset', { cutAfterBytes: 300_000, reset: true }],
  ['stalls', { stallAfterBytes: 300_000 }],
  ['is shorter than announced', { contentLength: 2_000_000 }],
])('a body that %s in the middle is taken up where it stopped', async (_, fault) => {
  const file = 'contentLength' in fault ? { ...tagged, bytes: bytes.subarray(0, 300_000) } : tagged;
  const announced =
    'contentLength' in fault ? { ...fault, contentLength: bytes.length, file } : fault;
  await using server = await serve(tagged, announced);
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  const [first, second, third] = server.requests;
  expect(first?.headers).not.toHaveProperty('range');
  expect(second?.headers.range).toMatch(/^bytes=\d+-$/);
  expect(second?.headers['if-range']).toBe('"version-1"');
  expect(second?.status).toBe(206);
  expect(third).toBeUndefined();
});

test('with a modification date instead of a tag, that is the condition', async () => {
  await using server = await serve(dated, { cutAfterBytes: 300_000 });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(server.requests[1]?.headers['if-range']).toBe(dated.lastModified?.toUTCString());
  expect(server.requests[1]?.status).toBe(206);
});

test('a tag without quotes is no condition: the modification date is', async () => {
  await using server = await serve({ ...dated, etag: 'bare' }, { cutAfterBytes: 300_000 });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(server.requests[1]?.headers['if-range']).toBe(dated.lastModified?.toUTCString());
  expect(server.requests.map(({ status }) => status)).toEqual([200, 206]);
});

test.each([
  { 'Last-Modified': new Date(0).toUTCString() },
  { 'Last-Modified': new Date(0).toUTCString(), ETag: 'bare' },
  { ETag: '"any"' },
  { ETag: 'W/"any"' },
])('a range of another version than that of the date is not trusted: %j', async (headers) => {
  await using server = await serve(dated, { cutAfterBytes: 300_000 }, { headers });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(ranges(server)).toEqual([undefined, expect.any(String), undefined]);
});

test.each([
  { ETag: '' },
  { ETag: 'bare' },
  { ETag: 'W/"version-1"' },
  { 'Last-Modified': new Date(0).toUTCString() },
])('a range that does not contradict the version is taken: %j', async (headers) => {
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, { headers });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(server.requests.map(({ status }) => status)).toEqual([200, 206]);
});

test('connections that break again and again get the file through, each with a new budget', async () => {
  const often = { cutAfterBytes: 40_000 };
  await using server = await startServer({ files: { '/image': tagged }, fault: () => often });
  const options = { ...hasty, retryForMs: 50, backoff: () => 20 };
  expect(digest(await readAll(openSource(`${server.url}/image`, options)))).toBe(digest(bytes));
  expect(server.requests.length).toBeGreaterThanOrEqual(25);
});

test('what is waited for says how far it came', async () => {
  const waits: Waiting[] = [];
  await using server = await serve(tagged, { cutAfterBytes: 300_000 });
  const options = { ...hasty, onWait: (waiting: Waiting) => waits.push(waiting) };
  await readAll(openSource(`${server.url}/image`, options));
  expect(waits).toHaveLength(1);
  expect(waits[0]?.reason).toMatch(
    /^it ended after \d+ of 1000000 bytes: .* closed the connection$/,
  );
});

test('a server without ranges is read again from the start, the known part dropped', async () => {
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, { noRanges: true });
  const rereadings: Rereading[] = [];
  const options = { ...hasty, onReread: (again: Rereading) => rereadings.push(again) };
  const url = `${server.url}/image`;
  expect(digest(await readAll(openSource(url, options)))).toBe(digest(bytes));
  expect(rereadings).toEqual([{ name: url, sizeBytes: expect.any(Number) }]);
  expect(rereadings[0]?.sizeBytes).toBeLessThanOrEqual(300_000);
  expect(server.requests.map(({ status }) => status)).toEqual([200, 200]);
});

test('without a validator no range is asked for, as nobody could tell versions apart', async () => {
  await using server = await serve({ bytes }, { cutAfterBytes: 300_000 });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(ranges(server)).toEqual([undefined, undefined]);
});

test('breaking while the known part is read again only costs another try', async () => {
  await using server = await serve(
    { bytes },
    { cutAfterBytes: 500_000 },
    { cutAfterBytes: 100_000 },
    { status: 503 },
    { cutAfterBytes: 200_000, reset: true },
  );
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(server.requests).toHaveLength(5);
});

test('a known part that ends early without breaking is read again if the size is known', async () => {
  const short: Fault = { chunked: true, file: { bytes: bytes.subarray(0, 100_000) } };
  await using sized = await serve({ bytes }, { cutAfterBytes: 500_000 }, short);
  expect(digest(await readAll(openSource(`${sized.url}/image`, hasty)))).toBe(digest(bytes));
  expect(sized.requests).toHaveLength(3);
  await using unsized = await serve({ bytes }, { chunked: true, cutAfterBytes: 500_000 }, short);
  await expect(readAll(openSource(`${unsized.url}/image`, hasty))).rejects.toThrow(
    failure('file-changed'),
  );
  expect(unsized.requests).toHaveLength(2);
});

/** How many tries without progress came before each wait, of a download that is whole in the end. */
async function attemptsWith(cuts: readonly number[]): Promise<number[]> {
  await using server = await serve({ bytes }, ...cuts.map((cutAfterBytes) => ({ cutAfterBytes })));
  const attempts: number[] = [];
  const backoff = (attempt: number) => {
    attempts.push(attempt);
    return 1;
  };
  const options = { ...hasty, retryForMs: 60_000, backoff };
  expect(digest(await readAll(openSource(`${server.url}/image`, options)))).toBe(digest(bytes));
  return attempts;
}

test('in each outage, whatever is read again further than before is progress', async () => {
  const cuts = [500_000, 400_000, 600_000, 100_000, 200_000, 300_000, 400_000];
  expect(await attemptsWith(cuts)).toEqual(cuts.map(() => 0));
});

test('the same part read again and again is no progress', async () => {
  const cuts = [500_000, 400_000, 400_000, 300_000, 399_999, 400_001, 100];
  expect(await attemptsWith(cuts)).toEqual([0, 0, 1, 2, 3, 0, 1]);
});

test('a server that never gets beyond the known part is given up', async () => {
  await using server = await startServer({
    files: { '/image': bytes },
    fault: () => ({ cutAfterBytes: 100_000 }),
  });
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    /it ended after 100000 of 1000000 bytes.*; tried \d+ times/,
  );
});

test('sloppy headers are no hindrance to going on', async () => {
  const sloppy = { sloppy: true, cutAfterBytes: 300_000 };
  await using server = await serve(tagged, sloppy, sloppy, { sloppy: true });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(ranges(server)).toEqual([undefined, 'bytes=300000-', 'bytes=600000-']);
});

test.each<[string, Fault]>([
  ['of the wrong start', { headers: { 'Content-Range': 'bytes 299999-999998/1000000' } }],
  ['that is malformed', { headers: { 'Content-Range': 'somewhere' } }],
  ['that is missing', { headers: { 'Content-Range': '' } }],
  ['of unknown total', { headers: { 'Content-Range': 'bytes 300000-999999/*' } }],
  ['of another version', { headers: { ETag: '"version-2"' } }],
  ['of another version, named by a weak tag', { headers: { ETag: 'W/"version-2"' } }],
  [
    'of another total, without a version',
    {
      file: { bytes: Buffer.concat([bytes, noise(100)]) },
      ignoreIfRange: true,
      headers: { 'Content-Range': 'bytes 300000-1000099/1000100' },
    },
  ],
  ['that does not exist', { status: 416 }],
  ['under a condition that failed', { status: 412 }],
])('a range %s is not trusted: the file is read again from the start', async (_, fault) => {
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, fault);
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(ranges(server)).toEqual([undefined, expect.any(String), undefined]);
});

test('a rest without a length that ends early is not the end of the file', async () => {
  const short: Fault = {
    file: { bytes: bytes.subarray(0, 600_000), etag: '"version-1"' },
    headers: { 'Content-Range': 'bytes 300000-999999/1000000' },
    chunked: true,
  };
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, short);
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(ranges(server)).toEqual([undefined, 'bytes=300000-', 'bytes=600000-']);
});

test('a file that changed in its known part is an error', async () => {
  const other: ServedFile = { bytes: noise(bytes.length), etag: '"version-2"' };
  await using server = await serve(other, { file: tagged, cutAfterBytes: 300_000 });
  const reading = readAll(openSource(`${server.url}/image`, hasty));
  await expect(reading).rejects.toThrow(InputError);
  await expect(reading).rejects.toThrow(
    /the file on the server changed during the download, after \d+ of 1000000 bytes\. Do not change it/,
  );
});

test('a file whose size changed is an error', async () => {
  const other: ServedFile = { bytes: bytes.subarray(0, 999_999), etag: '"version-2"' };
  await using server = await serve(other, { file: tagged, cutAfterBytes: 300_000 });
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    failure('file-changed'),
  );
});

test('a changed file is noticed also when the server ignores the condition', async () => {
  const other: ServedFile = { bytes: noise(bytes.length), etag: '"version-2"' };
  const ignoring = { ignoreIfRange: true };
  await using server = await serve(other, { file: tagged, cutAfterBytes: 300_000 }, ignoring);
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    failure('file-changed'),
  );
});

test('a new version with the same beginning is delivered as that version', async () => {
  const newBytes = Buffer.concat([bytes.subarray(0, 500_000), noise(500_000)]);
  const other: ServedFile = { bytes: newBytes, etag: '"version-2"' };
  await using server = await serve(
    other,
    { file: tagged, cutAfterBytes: 300_000 },
    { cutAfterBytes: 600_000 },
  );
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(newBytes));
  expect(server.requests[2]?.headers['if-range']).toBe('"version-2"');
});

test('a chunked body that breaks is taken up too, and its size checked from then on', async () => {
  await using server = await serve(tagged, { chunked: true, cutAfterBytes: 300_000 });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(server.requests[1]?.status).toBe(206);
  expect(server.requests).toHaveLength(2);
});

test('once the size of a chunked body is known, an early end is none', async () => {
  const short: Fault = {
    file: { bytes: bytes.subarray(0, 600_000), etag: '"version-1"' },
    headers: { 'Content-Range': 'bytes 300000-999999/1000000' },
    chunked: true,
  };
  await using server = await serve(tagged, { chunked: true, cutAfterBytes: 300_000 }, short);
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(ranges(server)).toEqual([undefined, 'bytes=300000-', 'bytes=600000-']);
});

test('the connection of a doubtful answer is closed before the next one is asked for', async () => {
  const doubtful: Fault = { headers: { 'Content-Range': 'bytes 299999-999999/1000000' } };
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, doubtful);
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(ranges(server)).toEqual([undefined, 'bytes=300000-', undefined]);
  await Promise.all(server.requests.map(({ closed }) => closed));
});

test('more than was announced is an error', async () => {
  const longer: Fault = {
    file: { bytes: Buffer.concat([bytes, noise(10)]), etag: '"version-1"' },
    headers: { 'Content-Range': 'bytes 300000-999999/1000000' },
    chunked: true,
  };
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, longer);
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    'the server sends more than it announced',
  );
});

test('where a label begins on the second connection, the whole file is compared', async () => {
  const labelled = { headers: { 'Content-Encoding': 'gzip' } };
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, labelled, labelled);
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(ranges(server)).toEqual([undefined, 'bytes=300000-', undefined]);
});

test('compression that begins on the second connection is refused', async () => {
  const other = { bytes: gzipSync(gzipSync(bytes)), etag: '"version-1"' };
  const encoded = { file: other, noRanges: true, headers: { 'Content-Encoding': 'gzip' } };
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, encoded);
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    failure('http-re-encoded'),
  );
});

test('a connection that breaks after the last byte costs nothing', async () => {
  const withoutEnd = { chunked: true, cutAfterBytes: bytes.length };
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, withoutEnd);
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(bytes));
  expect(server.requests).toHaveLength(2);
});

test('an abort after the last byte is no end of the file', async () => {
  const stop = new AbortController();
  const withoutEnd = { chunked: true, stallAfterBytes: bytes.length };
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, withoutEnd);
  const source = openSource(`${server.url}/image`, { ...hasty, stallTimeoutMs: 60_000 });
  const open = await source.open(stop.signal);
  let receivedBytes = 0;
  const reading = async () => {
    for await (const chunk of open.bytes) {
      receivedBytes += chunk.length;
      // When the end is waited for.
      if (receivedBytes === bytes.length) setImmediate(() => stop.abort(new Error('interrupted')));
    }
  };
  await expect(reading()).rejects.toThrow('interrupted');
  expect(receivedBytes).toBe(bytes.length);
});

test('a file that vanishes in between is told at once', async () => {
  await using server = await serve(tagged, { cutAfterBytes: 300_000 }, { status: 404 });
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    failure('file-not-found'),
  );
  expect(server.requests).toHaveLength(2);
});

test('a body that stays too short is an error that says so', async () => {
  await using server = await startServer({
    files: { '/image': bytes.subarray(0, 1_000) },
    fault: () => ({ contentLength: 5_000 }),
  });
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    'it ended after 1000 of 5000 bytes',
  );
});

test('one byte at a time arrives too', async () => {
  const small = bytes.subarray(0, 500);
  await using server = await startServer({
    files: { '/image': { bytes: small, etag: '"1"' } },
    fault: (index) => ({ drip: { pieceBytes: 1, everyMs: 0 }, cutAfterBytes: 100 + index }),
  });
  expect(digest(await readAll(openSource(`${server.url}/image`, hasty)))).toBe(digest(small));
});

test('whatever goes wrong in whatever order, every byte arrives once', async () => {
  const small = bytes.subarray(0, 150_000);
  const place = fc.nat(small.length);
  const fault: fc.Arbitrary<Fault> = fc.oneof(
    fc.record({ cutAfterBytes: place, reset: fc.boolean() }),
    fc.record({ cutAfterBytes: place, chunked: fc.constant(true) }),
    fc.record({ cutAfterBytes: place, noRanges: fc.constant(true) }),
    fc.record({ stallAfterBytes: place }),
    fc.record({ status: fc.constantFrom(500, 503, 408, 429) }),
    fc.record({
      headers: fc.constant({ 'Content-Range': 'bytes 7-9/150000' }),
      cutAfterBytes: place,
    }),
  );
  const file = fc.constantFrom<ServedFile>({ bytes: small }, { bytes: small, etag: '"1"' });
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 6 }), file, async (faults, served) => {
      await using server = await serve(served, ...faults);
      const options = { ...hasty, stallTimeoutMs: 40, retryForMs: 5_000, backoff: () => 1 };
      const received = await readAll(openSource(`${server.url}/image`, options));
      return digest(received) === digest(small);
    }),
    { numRuns: 30 },
  );
});
