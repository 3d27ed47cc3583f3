import { expect, test } from 'vitest';
import {
  contentRange,
  type Headers,
  offeredSchemes,
  retryAfterMs,
  sizeField,
  strongValidator,
} from '../../../../src/fetch/http/http-headers.ts';

const fields = (record: Record<string, string>): Headers => new Map(Object.entries(record));

test('sizes are whole numbers that can be counted with', () => {
  const size = (text: string) => sizeField(fields({ 'content-length': text }), 'content-length');
  expect(size('0')).toBe(0);
  expect(size('4294967297')).toBe(4_294_967_297);
  for (const wrong of ['', '-1', '1e3', '0x10', ' 1', '1, 1', '99999999999999999999']) {
    expect(size(wrong), wrong).toBeUndefined();
  }
  expect(sizeField(fields({}), 'content-length')).toBeUndefined();
});

test('Content-Range names the first, the last and the number of bytes', () => {
  const range = (text: string) => contentRange(fields({ 'content-range': text }));
  expect(range('bytes 2-4/10')).toEqual({ first: 2, last: 4, totalBytes: 10 });
  expect(range('bytes 2-4/*')).toEqual({ first: 2, last: 4, totalBytes: undefined });
  for (const wrong of [
    '',
    'bytes */10',
    'bytes 4-2/10',
    'bytes 2-10/10',
    'lines 2-4/10',
    'bytes=2-4/10',
  ]) {
    expect(range(wrong), wrong).toBeUndefined();
  }
});

test('a strong entity tag tells versions apart; a weak one does not', () => {
  expect(strongValidator(fields({ etag: '"5e3-1"' }))).toBe('"5e3-1"');
  expect(strongValidator(fields({ etag: 'W/"5e3-1"' }))).toBeUndefined();
  const modified = { 'last-modified': 'Wed, 27 Nov 2019 10:00:00 GMT' };
  const date = 'Wed, 27 Nov 2019 11:00:00 GMT';
  expect(strongValidator(fields({ etag: 'W/"5e3-1"', ...modified, date }))).toBeUndefined();
});

// Artifactory and Azure send such tags.
test.each(['bare', '0x8D4BCC2E4835CD0', '', '"', '"a', '"a" "b"', '"1", "1"', 'w/"a"'])(
  'the ETag %s is none: the modification date counts',
  (etag) => {
    const modified = 'Wed, 27 Nov 2019 10:00:00 GMT';
    expect(strongValidator(fields({ etag }))).toBeUndefined();
    const dated = { etag, 'last-modified': modified, date: 'Wed, 27 Nov 2019 11:00:00 GMT' };
    expect(strongValidator(fields(dated))).toBe(modified);
  },
);

test('a modification date tells versions apart when it is older than the answer', () => {
  const modified = 'Wed, 27 Nov 2019 10:00:00 GMT';
  const at = (date: string) => fields({ 'last-modified': modified, date });
  expect(strongValidator(at('Wed, 27 Nov 2019 10:00:01 GMT'))).toBe(modified);
  expect(strongValidator(at('Wed, 27 Nov 2019 10:00:00 GMT'))).toBeUndefined();
  expect(strongValidator(fields({ 'last-modified': modified }))).toBeUndefined();
});

test.each<[string, string[]]>([
  ['Negotiate, NTLM', ['Negotiate', 'NTLM']],
  ['Basic realm="a, NTLM b"', ['Basic']],
  [
    'Digest realm="a \\"b, c", nonce="x=", charset = UTF-8, Basic realm="", basic',
    ['Digest', 'Basic', 'basic'],
  ],
  ['Negotiate YII=, Negotiate', ['Negotiate']],
  ['A, B, C, D, E', ['A', 'B', 'C', 'D']],
  [`\u001b[31m, "Basic", =, a=b, ${'x'.repeat(21)}`, []],
  ['', []],
])('of the challenge %j the schemes are named', (text, schemes) => {
  expect(offeredSchemes(fields({ 'www-authenticate': text }))).toEqual(schemes);
  expect(offeredSchemes(fields({}))).toEqual([]);
});

test('Retry-After is a number of seconds or a date by the clock of the server', () => {
  expect(retryAfterMs(fields({ 'retry-after': '3' }))).toBe(3_000);
  expect(
    retryAfterMs(
      fields({
        'retry-after': 'Wed, 27 Nov 2019 10:00:05 GMT',
        date: 'Wed, 27 Nov 2019 10:00:00 GMT',
      }),
    ),
  ).toBe(5_000);
  const nowMs = Date.parse('Wed, 27 Nov 2019 10:00:03 GMT');
  expect(retryAfterMs(fields({ 'retry-after': 'Wed, 27 Nov 2019 10:00:05 GMT' }), nowMs)).toBe(
    2_000,
  );
  expect(retryAfterMs(fields({ 'retry-after': 'Wed, 27 Nov 2019 10:00:00 GMT' }), nowMs)).toBe(0);
  expect(retryAfterMs(fields({ 'retry-after': 'soon' }))).toBe(0);
  expect(retryAfterMs(fields({}))).toBe(0);
});
