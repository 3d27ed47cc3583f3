import { describe, expect, test } from 'vitest';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import type { ParameterOptions } from '../../../src/parameters/parameters.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import { failure } from '../../support/failure.ts';

function resolve(options: ParameterOptions, cmdline = '') {
  return resolveParameters({
    options: { device: 'vda', ignitionUrl: 'skip', ...options },
    files: { directory: '/tmp' },
    kernel: parseKernelArguments(cmdline),
    fileExists: () => false,
  });
}

test('a stream stands in for the image', () => {
  const given = resolve({ stream: 'stable', architecture: 'aarch64' });
  expect(given).toMatchObject({
    stream: { value: 'stable', origin: { kind: 'option', name: '-s' } },
    architecture: { value: 'aarch64' },
    imageUrl: undefined,
    notes: [],
  });
  expect(resolve({}, 'coreos.inst.stream=testing').stream).toMatchObject({
    value: 'testing',
    origin: { kind: 'kernel' },
  });
  expect(() => resolve({})).toThrow(failure('parameter-missing'));
});

test.each([
  ['-b', 'http://h/i', '-s', undefined, 'image'],
  ['-b', 'http://h/i', 'coreos.inst.stream=', 'coreos.inst.stream=stable', 'image'],
  ['coreos.inst.image_url=', undefined, '-s', 'coreos.inst.image_url=http://h/i', 'stream'],
  [
    'coreos.inst.image_url=',
    undefined,
    'coreos.inst.stream=',
    'coreos.inst.image_url=http://h/i coreos.inst.stream=stable',
    'image',
  ],
] as const)(
  '%s %s and %s: the one that comes first, else the image',
  (image, url, stream, cmdline, used) => {
    const options = {
      ...(url !== undefined && { imageUrl: url }),
      ...(stream === '-s' && { stream: 'stable' }),
    };
    const given = resolve(options, cmdline ?? '');
    expect(given.imageUrl?.value).toBe(used === 'image' ? 'http://h/i' : undefined);
    expect(given.stream?.value).toBe(used === 'stream' ? 'stable' : undefined);
    expect(given.notes).toEqual([expect.stringMatching(/ overrides /)]);
    expect(given.notes[0]).toContain(
      used === 'image'
        ? `overrides ${stream === '-s' ? '-s' : `the kernel argument ${stream}`}`
        : '-s overrides',
    );
    expect(image).toBeTruthy();
  },
);

describe('what names no stream', () => {
  test.each([
    '',
    '.',
    '..',
    '../stable',
    'a/b',
    'sta ble',
    'stable\n',
    'ftp://h/x',
    'https://',
    'http:x',
  ])('%j', (stream) => {
    expect(() => resolve({ stream })).toThrow(failure('invalid-stream'));
  });

  test.each(['h/streams', 'ftp://h/', 'file:///srv/', '', 'https://'])('%j is no place', (url) => {
    expect(() => resolve({ stream: 'stable', streamBaseUrl: url })).toThrow(failure('invalid-url'));
  });

  test.each(['', 'x86-64', 'a/b'])('%j is no architecture', (architecture) => {
    const wrong = () => resolve({ stream: 'stable', architecture });
    expect(wrong).toThrow(failure('invalid-architecture'));
  });
});
