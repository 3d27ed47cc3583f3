import { expect, test } from 'vitest';
import { newestFirst } from '../../../scripts/lib/debian.ts';
import { firstThatWorks, liblzmaSources, type Source } from '../../../scripts/lib/liblzma.ts';
import {
  isCurrentLiblzma,
  requireCurrentLiblzma,
  sourceVersion,
} from '../../../scripts/lib/liblzma-version.ts';

test.each([
  ['5.8.1', true],
  ['5.8', true],
  ['5.8.0-1', true],
  ['5.8.1-1+deb13u2', true],
  ['5.8.1-1~bpo12+1', true],
  ['5.10.0-1', true],
  ['6.0', true],
  ['1:5.8.1-1', true],
  ['5.4.1-1', false],
  ['5.2.3', false],
  ['4.999.9beta+20100527-1', false],
  ['1:5.4.1-0.2', false],
  ['5', false],
  ['', false],
  // What Debian did when 5.6 turned out to hold a back door.
  ['5.6.1+really5.4.5-1', false],
  ['5.9.1+really5.4.5-1', false],
  ['5.9.0+really5.8.3-1', true],
  ['5.9.0~beta-1', false],
  ['5.9.0beta', false],
])('%s is current: %s', (version, expected) => {
  expect(isCurrentLiblzma(version)).toBe(expected);
});

test('what is built again from the same sources has their version', () => {
  expect(sourceVersion('5.8.1-1+b2')).toBe('5.8.1-1');
  expect(sourceVersion('5.8.1-1+deb13u2')).toBe('5.8.1-1+deb13u2');
});

test('the newest of a suite is tried first, and each once', () => {
  const listed = ['5.8.1-1+deb13u1', '5.8.1-1+deb13u2', '5.10.0-1', '5.9.0-1', '5.10.0-1'];
  const sorted = ['5.10.0-1', '5.9.0-1', '5.8.1-1+deb13u2', '5.8.1-1+deb13u1'];
  expect(newestFirst(listed)).toEqual(sorted);
});

const source = (name: string, versions: () => string[]): Source => ({
  name,
  versions: async () => versions(),
  fetch: async () => {},
});

test('goes on from source to source, and tells of each why not', async () => {
  const sources = [
    source('unreachable', () => {
      throw new Error('no network');
    }),
    source('empty', () => []),
    source('old', () => ['5.6.4-1', '5.4.1-1']),
    source('two', () => ['5.9.0-1', '5.8.1-1', '5.4.1-1']),
    source('last', () => ['5.8.3-1']),
  ];
  const tried: string[] = [];
  const takes = (works: readonly string[]) => async (from: Source, version: string) => {
    tried.push(`${from.name} ${version}`);
    if (works.includes(version)) return version;
    throw new Error('404');
  };
  expect(await firstThatWorks(sources, 'x64', takes(['5.8.1-1']))).toEqual({ made: '5.8.1-1' });
  expect(tried.splice(0)).toEqual(['two 5.9.0-1', 'two 5.8.1-1']);

  expect(await firstThatWorks(sources, 'x64', takes([]))).toEqual({
    failures: [
      'unreachable: no network',
      'empty: it has none',
      'old: 5.6.4-1, 5.4.1-1',
      'two, 5.9.0-1: 404',
      'two, 5.8.1-1: 404',
      'last, 5.8.3-1: 404',
    ],
  });
  expect(tried).toEqual(['two 5.9.0-1', 'two 5.8.1-1', 'last 5.8.3-1']);
});

test('packages come first among the sources, compiling last', () => {
  const names = liblzmaSources.map(({ name }) => name);
  expect(names[0]).toContain('bookworm-backports');
  expect(names[1]).toContain("liblzma-dev of Debian's trixie");
  expect(names.at(-1)).toContain('source package');
});

test('no packages are made with an old one', () => {
  expect(() => requireCurrentLiblzma({ version: '5.2.3', from: 'lzma-native' })).toThrow(
    /^Cannot build packages with liblzma 5\.2\.3 \(lzma-native\)/,
  );
  requireCurrentLiblzma({ version: '5.8.1', from: 'Debian 5.8.1-1' });
});
