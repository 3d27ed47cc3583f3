import { describe, expect, test } from 'vitest';
import { HeadError, strictHead } from '../../../../src/fetch/http/lenient-head.ts';
import { openSource } from '../../../../src/fetch/open-source.ts';
import { makeCertificates } from '../../../support/certificates.ts';
import { hasty, readAll } from '../../../support/read.ts';
import { startServer } from '../../../support/servers.ts';

const body = 'a body\nof two lines\n\r\n';
const length = `Content-Length: ${body.length}`;
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** What curl takes. */
const lenient: Record<string, string> = {
  'lines that end in LF alone': `HTTP/1.1 200 OK\n${length}\nETag: "1"\n\n${body}`,
  'lines that end in either way': `HTTP/1.1 200 OK\r\n${length}\nETag: "1"\r\n\n${body}`,
  'LF alone, and no length': `HTTP/1.0 200 OK\nContent-Type: x\n\n${body}`,
  'the same Content-Length twice': `HTTP/1.1 200 OK\r\n${length}\r\ncontent-length:${body.length}\r\n\r\n${body}`,
  'a list of the same Content-Length': `HTTP/1.1 200 OK\r\n${length}, ${body.length}\r\n\r\n${body}`,
  'a blank before the colon': `HTTP/1.1 200 OK\r\nContent-Length : ${body.length}\r\n\r\n${body}`,
  'a tab before the colon': `HTTP/1.1 200 OK\r\nX-Other\t: 1\r\n${length}\r\n\r\n${body}`,
  '100 Continue': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${length}\r\n\r\n${body}`,
  '102 and 103': `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n${length}\r\n\r\n${body}`,
  'Transfer-Encoding beside Content-Length': `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
  'Transfer-Encoding: identity': `HTTP/1.1 200 OK\r\nTransfer-Encoding: Identity\r\n\r\n${body}`,
  'a line that goes on': `HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\n${length}\r\n\r\n${body}`,
  'no reason': `HTTP/1.1 200\r\n${length}\r\n\r\n${body}`,
};

describe.each(['http', 'https'] as const)('by %s', (scheme) => {
  test.each(Object.entries(lenient))('an answer with %s is taken', async (_, raw) => {
    const certificates = await makeCertificates();
    const tls = scheme === 'https' && { tls: certificates.good };
    await using server = await startServer({ ...tls, fault: () => ({ raw }) });
    const options = { ...hasty, stallTimeoutMs: 2_000, extraCaPems: [certificates.authority] };
    const found = await readAll(openSource(`${server.url}/x`, options));
    expect(found.toString()).toBe(body);
    expect(server.requests).toHaveLength(1);
  });
});

test('beside Transfer-Encoding: identity, Content-Length tells where the body ends', async () => {
  const bytes = Buffer.alloc(50_000, 'x');
  const headers = { 'Transfer-Encoding': 'identity' };
  await using server = await startServer({
    files: { '/x': bytes },
    fault: (index) => (index === 0 ? { headers, cutAfterBytes: 1000 } : { headers }),
  });
  const source = openSource(`${server.url}/x`, hasty);
  expect((await readAll(source)).equals(bytes)).toBe(true);
  expect(server.requests).toHaveLength(2);
});

test.each(['', '\r'])('a head of 60 KiB, with %j before each LF, is taken', async (cr) => {
  const fields = Array.from({ length: 60 }, (_, index) => `X-${index}: ${'x'.repeat(1015)}`);
  const head = ['HTTP/1.1 200 OK', ...fields, length, '', ''].join(`${cr}\n`);
  await using server = await startServer({ fault: () => ({ raw: head + body }) });
  expect((await readAll(openSource(`${server.url}/x`, hasty))).toString()).toBe(body);
  const options = { ...hasty, proxyFor: () => new URL(server.url) };
  const found = await readAll(openSource('http://host.invalid/x', options));
  expect(found.toString()).toBe(body);
});

test('an answer that a proxy hands on is taken in the same way', async () => {
  const raw = lenient['lines that end in LF alone'] ?? '';
  await using proxy = await startServer({ fault: () => ({ raw }) });
  const options = { ...hasty, proxyFor: () => new URL(proxy.url) };
  const found = await readAll(openSource('http://host.invalid/x', options));
  expect(found.toString()).toBe(body);
});

test.each([
  [
    'two Content-Lengths',
    `HTTP/1.1 200 OK\r\n${length}\r\nContent-Length: 7\r\n\r\n${body}`,
    /invalid HTTP response: it sends Content-Length as "22" and as "7"/,
  ],
  [
    'a length that no file has',
    `HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(22)}\r\n\r\n${body}`,
    /invalid HTTP response: it sends Content-Length as "9{22}"\./,
  ],
  [
    'another protocol',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    /without being asked/,
  ],
  [
    'endless interim answers',
    'HTTP/1.1 100 Continue\r\n\r\n'.repeat(4000),
    /too many interim answers/,
  ],
  [
    'another greeting',
    'SSH-2.0-OpenSSH_9.2\r\n',
    /did not send a valid HTTP response \(Expected HTTP.*, at "SSH-2\.0-OpenSSH_9\.2"\)/,
  ],
  [
    'a line that goes on with no line before it',
    `HTTP/1.1 200 OK\r\n ${length}\r\n\r\n`,
    /its header has the line " Content-Length/,
  ],
  [
    'a line without a colon',
    `HTTP/1.1 200 OK\r\nNonsense\r\n${length}\r\n\r\n`,
    /its header has the line "Nonsense"/,
  ],
  [
    'a length in words',
    'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n',
    /did not send a valid HTTP response \(Invalid .*"many"/,
  ],
  ['a header without end', `HTTP/1.1 200 OK\r\n${'X: 1234567890\r\n'.repeat(9000)}`, /too long/],
  [
    'escapes',
    'HTTP/1.1 200 OK\r\nA: \x00\x1b[31m\r\n\r\n',
    /did not send a valid HTTP response \(Invalid .*, at "\?\?\[31m"\)/,
  ],
])('%s: told once, with what was sent', async (_, raw, words) => {
  await using server = await startServer({ fault: () => ({ raw }) });
  // As on the medium, where what may pass is tried for ever.
  const options = { ...hasty, retryForMs: Number.POSITIVE_INFINITY };
  await expect(readAll(openSource(`${server.url}/x`, options))).rejects.toThrow(words);
  expect(server.requests).toHaveLength(1);
});

test.each([
  ['at once', ''],
  ['in the middle', '5\r\nabcde\r\n'],
])('pieces without a length %s are asked for once more, then told', async (_, good) => {
  const raw = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${good}some text\r\n`;
  await using server = await startServer({ fault: () => ({ raw }) });
  const options = { ...hasty, retryForMs: Number.POSITIVE_INFINITY };
  await expect(readAll(openSource(`${server.url}/x`, options))).rejects.toThrow(
    /did not send a valid HTTP response \(Invalid character in chunk size, at "some text"\)\. Check/,
  );
  expect(server.requests).toHaveLength(2);
});

test('pieces without a length that do not come again cost one try', async () => {
  const raw = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n502 Bad Gateway';
  await using server = await startServer({
    files: { '/x': Buffer.from('abcdefghij') },
    fault: (index) => (index === 0 ? { raw } : undefined),
  });
  expect((await readAll(openSource(`${server.url}/x`, hasty))).toString()).toBe('abcdefghij');
  expect(server.requests).toHaveLength(2);
});

test.each(Object.entries(lenient))('%s, byte by byte', (_, raw) => {
  const bytes = Buffer.from(raw, 'latin1');
  const whole = strictHead(bytes)?.toString('latin1') ?? '';
  const headBytes = raw.length - (raw.endsWith(chunked) ? chunked : body).length;
  for (let end = 0; end < headBytes; end += 1) {
    expect(strictHead(bytes.subarray(0, end)), raw.slice(0, end)).toBeUndefined();
  }
  expect(strictHead(bytes.subarray(0, headBytes))).toBeDefined();
  expect(whole).toMatch(/^HTTP\/1\.\d 200[^\n]*\r\n([\w-]+: ?[^\n]*\r\n)*\r\n/);
});

test('a strict head stays as it is, its bytes too', () => {
  const head =
    'HTTP/1.1 302 Found\r\nLocation: /\xc3\xbc\xff\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n\xfd7z';
  expect(strictHead(Buffer.from(head, 'latin1'))?.toString('latin1')).toBe(head);
});

test('what is no head goes on to the parser at once', () => {
  for (const other of ['S', 'SSH-', '\x15\x03', '<html>', 'http/1.1 200']) {
    expect(strictHead(Buffer.from(other, 'latin1'))?.toString('latin1')).toBe(other);
  }
  expect(() => strictHead(Buffer.from('HTTP/1.1 101 \n\n'))).toThrow(HeadError);
});
