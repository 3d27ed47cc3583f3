import { expect, test } from 'vitest';
import type { Resolved } from '../../../src/parameters/parameters.ts';
import { defaultBaseUrl, streamPlace } from '../../../src/streams/stream-place.ts';
import { failure } from '../../support/failure.ts';

const option = (value: string, name = '--stream'): Resolved<string> => ({
  value,
  origin: { kind: 'option', name },
});
const base = (value: string) => option(value, '--stream-base-url');

test('a name is looked up where Fedora CoreOS publishes its streams', () => {
  expect(streamPlace(option('stable'), undefined)).toEqual({
    name: 'stable',
    url: 'https://builds.coreos.fedoraproject.org/streams/stable.json',
    allowsHttp: false,
  });
});

test.each(['https://h/streams', 'https://h/streams/', 'https://h/streams//'])(
  'or below %s',
  (url) => {
    expect(streamPlace(option('a.b-c_1'), base(url)).url).toBe('https://h/streams/a.b-c_1.json');
  },
);

test('a URL is taken as it is, whatever the base', () => {
  const url = 'https://user:secret@h/x?token=1';
  const place = streamPlace(option(url), base('https://elsewhere/'));
  expect(place.url).toBe(url);
  expect(place.name).not.toMatch(/secret|token=1/);
});

test('who asks for metadata without TLS may get images without it', () => {
  expect(streamPlace(option('http://h/x.json'), undefined).allowsHttp).toBe(true);
  expect(streamPlace(option('stable'), base('http://h/')).allowsHttp).toBe(true);
  expect(streamPlace(option('HTTPS://h/x.json'), undefined).allowsHttp).toBe(false);
});

test.each(['', '.', '..', '../stable', 'a/b', '-s', 'sta ble', 'stable\n', 'ftp://h/x', 'стабл'])(
  'no stream is called %j',
  (name) => {
    expect(() => streamPlace(option(name), undefined)).toThrow(failure('invalid-stream'));
  },
);

test.each(['h/streams', 'ftp://h/', 'file:///srv/', '', 'https://'])(
  'no streams are below %j',
  (url) => {
    expect(() => streamPlace(option('stable'), base(url))).toThrow(failure('invalid-url'));
  },
);

test('the built-in place is one that could be given', () => {
  expect(streamPlace(option('next'), base(defaultBaseUrl))).toEqual(
    streamPlace(option('next'), undefined),
  );
});
