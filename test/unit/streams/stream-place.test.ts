import { expect, test } from 'vitest';
import { defaultBaseUrl, streamPlace } from '../../../src/streams/stream-place.ts';

test('a name is looked up where Fedora CoreOS publishes its streams', () => {
  expect(streamPlace('stable', undefined)).toEqual({
    name: 'stable',
    url: 'https://builds.coreos.fedoraproject.org/streams/stable.json',
    isNamed: true,
    isDefault: true,
    allowsHttp: false,
  });
  expect(streamPlace('next', defaultBaseUrl)).toEqual(streamPlace('next', undefined));
});

test.each(['https://h/streams', 'https://h/streams/', 'https://h/streams//'])(
  'or below %s',
  (url) => {
    expect(streamPlace('a.b-c_1', url).url).toBe('https://h/streams/a.b-c_1.json');
  },
);

test('only a server of which a URL was given gets tokens', () => {
  expect(streamPlace('stable', 'https://h/streams').isDefault).toBe(false);
  expect(streamPlace('https://h/stable.json', undefined).isDefault).toBe(false);
});

test('a URL is taken as it is, whatever the base', () => {
  const url = 'https://user:secret@h/x?token=1';
  const place = streamPlace(url, 'https://elsewhere/');
  expect(place).toMatchObject({ url, isNamed: false });
  expect(place.name).not.toMatch(/secret|token=1/);
});

test('who asks for metadata without TLS may get images without it', () => {
  expect(streamPlace('http://h/x.json', undefined).allowsHttp).toBe(true);
  expect(streamPlace('stable', 'http://h/').allowsHttp).toBe(true);
  expect(streamPlace('HTTPS://h/x.json', undefined).allowsHttp).toBe(false);
});
