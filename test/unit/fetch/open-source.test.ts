import { expect, test } from 'vitest';
import { FileSource } from '../../../src/fetch/file-source.ts';
import { HttpSource } from '../../../src/fetch/http-source.ts';
import { openSource } from '../../../src/fetch/open-source.ts';
import { ParameterError } from '../../../src/lib/errors.ts';

test.each([
  ['http://192.0.2.100:8080/x.raw.xz', HttpSource],
  ['HTTPS://[2001:db8::1]/x', HttpSource],
  ['file:///var/x.raw', FileSource],
  ['/var/x.raw', FileSource],
  ['x.raw', FileSource],
  ['dir:with/colon', FileSource],
])('%s has its kind of source', (location, kind) => {
  expect(openSource(location)).toBeInstanceOf(kind);
});

test.each(['ftp://host/x', 's3://bucket/x', 'http://', 'http://[', 'https://host:port/x'])(
  '%s is refused',
  (location) => {
    expect(() => openSource(location)).toThrow(ParameterError);
  },
);

test('a password is not part of the name', () => {
  expect(openSource('http://user:secret@host/x').name).toBe('http://***@host/x');
  expect(() => openSource('http://user:secret@[/x')).not.toThrow(/secret/);
});
