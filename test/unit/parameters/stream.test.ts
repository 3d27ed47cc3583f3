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

test('an image that is given is installed, whatever stream is named', () => {
  const { imageUrl, notes } = resolve({ imageUrl: 'http://h/i' }, 'coreos.inst.stream=stable');
  expect(imageUrl?.value).toBe('http://h/i');
  expect(notes).toEqual([
    'the kernel argument coreos.inst.stream= has no effect: the image is given by -b.',
  ]);
});

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
