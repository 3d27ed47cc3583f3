import { describe, expect, test } from 'vitest';
import {
  find,
  findFlag,
  knownFlags,
  knownValues,
  type Sources,
} from '../../../src/parameters/find.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import type { Parameters } from '../../../src/parameters/parameters.ts';
import { partitionFilters } from '../../../src/parameters/partition-filter.ts';
import { describeParameters, resolveParameters } from '../../../src/parameters/resolve.ts';
import { failure } from '../../support/failure.ts';

test('a flag that cannot be understood is not repeated', () => {
  const kernel = parseKernelArguments('coreos.inst.skip_reboot coreos.inst.verify=perhaps');
  const sources = { options: {}, files: { directory: '/tmp' }, kernel };
  expect(knownFlags(sources)).toEqual(['skipReboot']);
});

/** Of several places: the command line, files in /tmp, kernel arguments, config files of the medium. */
function resolve({ options, files, kernel = '', configured }: Given): Parameters {
  return resolveParameters({
    options: { device: 'vda', ignitionUrl: 'skip', imageUrl: 'http://h/i', ...options },
    files: { directory: '/tmp', ...files },
    kernel: parseKernelArguments(kernel),
    configured: configured && {
      options: configured,
      origins: Object.fromEntries(
        Object.keys(configured).map((key) => [key, { kind: 'config', name: '/etc/x.yaml:1' }]),
      ),
    },
  });
}

interface Given {
  readonly options?: Sources['options'];
  readonly files?: Omit<Sources['files'], 'directory'>;
  readonly kernel?: string;
  readonly configured?: Sources['options'];
}

const givenBy = (parameters: Parameters) => partitionFilters(parameters).map(({ given }) => given);

describe('what is saved of a disk', () => {
  const kernel = 'coreos.inst.save_partlabel=logs coreos.inst.save_partindex=7-';

  test.each<[string, Given, string[]]>([
    [
      'kernel arguments and config files',
      { kernel, configured: { savePartlabel: 'data', savePartindex: '5' } },
      [
        'coreos.inst.save_partlabel=logs',
        '/etc/x.yaml:1 data',
        'coreos.inst.save_partindex=7-',
        '/etc/x.yaml:1 5',
      ],
    ],
    [
      'an option, and what it does not say again',
      {
        options: { savePartlabel: 'var,logs' },
        kernel,
        configured: { savePartlabel: 'data,var' },
      },
      [
        '--save-partlabel var',
        '--save-partlabel logs',
        '/etc/x.yaml:1 data',
        'coreos.inst.save_partindex=7-',
      ],
    ],
    [
      'a file',
      { files: { savePartindex: '5' }, kernel },
      ['coreos.inst.save_partlabel=logs', '/tmp/save_partindex 5', 'coreos.inst.save_partindex=7-'],
    ],
  ])('is what all say: %s', (_, given, filters) => {
    const parameters = resolve(given);
    expect(givenBy(parameters)).toEqual(filters);
    expect(parameters.notes).toEqual([]);
  });

  test('is shown with each place', () => {
    const parameters = resolve({ options: { savePartlabel: 'var' }, kernel });
    expect(describeParameters(parameters).filter((line) => /^Save/.test(line))).toEqual([
      expect.stringMatching(/^Save partitions: +var \(from --save-partlabel\)$/),
      expect.stringMatching(/^Save partitions: +logs \(from the kernel argument .*label=\)$/),
      expect.stringMatching(/^Save partitions: +7- \(from the kernel argument .*index=\)$/),
    ]);
    expect(parameters.savePartlabel).toMatchObject({
      value: 'var,logs',
      origin: {
        kind: 'option',
        name: '--save-partlabel and the kernel argument coreos.inst.save_partlabel=',
      },
    });
  });

  test('is not what a run before was given by the option that is given now; that is noted', () => {
    const files = { savePartlabel: 'root,var' };
    const parameters = resolve({ options: { savePartlabel: 'var' }, files });
    expect(givenBy(parameters)).toEqual(['--save-partlabel var']);
    expect(parameters.notes).toEqual([
      '--save-partlabel overrides /tmp/save_partlabel: partitions that only the latter names are not saved.',
    ]);
    expect(resolve({ options: { savePartlabel: 'var,root' }, files }).notes).toEqual([]);
  });

  test('is refused where one of them is wrong, and how to go on without it', () => {
    const wrong = () =>
      resolve({ options: { savePartindex: '5' }, kernel: 'coreos.inst.save_partindex=five' });
    expect(wrong).toThrow(failure('invalid-partition-filter'));
    expect(wrong).toThrow('"five" from the kernel argument coreos.inst.save_partindex=');
    expect(wrong).toThrow('echo coreos.inst.save_partindex >> /tmp/ignored_args');
  });
});

describe('another list is that of the first place', () => {
  test.each<[Given, string[]]>([
    [
      { kernel: 'coreos.inst.append_karg=a', configured: { appendKarg: 'b' } },
      ['the kernel argument coreos.inst.append_karg= overrides /etc/x.yaml:1.'],
    ],
    [
      { options: { console: 'tty0' }, kernel: 'coreos.inst.console=ttyS0' },
      ['--console overrides the kernel argument coreos.inst.console=.'],
    ],
    [{ kernel: 'coreos.inst.append_karg=a', configured: { appendKarg: 'a' } }, []],
    [{ kernel: 'coreos.inst.image_url=http://h/j', configured: { imageUrl: 'http://h/k' } }, []],
  ])('%j: that is noted', (given, notes) => {
    expect(resolve(given).notes).toEqual(notes);
  });
});

test('what is saved is known as a whole before it is checked', () => {
  const sources = {
    options: { savePartlabel: 'a' },
    files: { directory: '/tmp' },
    kernel: parseKernelArguments('coreos.inst.save_partlabel=b,a'),
  };
  expect(find('savePartlabel', sources, [])?.value).toBe('a,b');
});

test('a flag of a config file holds, unless the kernel arguments say no', () => {
  const flag = (text: string) =>
    findFlag('verify', {
      options: {},
      files: { directory: '/tmp' },
      kernel: parseKernelArguments(text),
      configured: {
        options: { verify: true },
        origins: { verify: { kind: 'config', name: 'x.yaml:3' } },
      },
    });
  expect(flag('')).toEqual({ value: true, origin: { kind: 'config', name: 'x.yaml:3' } });
  expect(flag('coreos.inst.verify=0')).toBeUndefined();
  expect(flag('coreos.inst.verify')).toMatchObject({ origin: { kind: 'kernel' } });
});

test('of a stream and an image, the command to try after a failure has the one that is used', () => {
  const files = { directory: '/tmp' };
  const known = (options: object, text: string) =>
    knownValues({ options, files, kernel: parseKernelArguments(text) });
  const [image, stream] = ['coreos.inst.image_url=http://x/a', 'coreos.inst.stream=testing'];
  expect(known({ stream: 'testing' }, image)).toEqual({ stream: 'testing' });
  expect(known({ imageUrl: 'http://x/a' }, stream)).toEqual({ imageUrl: 'http://x/a' });
  expect(known({}, image)).toEqual({ imageUrl: 'http://x/a' });
});

test('that something is given in place of a default is not noted', () => {
  const image = { value: 'http://h/x', origin: { kind: 'option', name: '-b' } } as const;
  const resolved = resolveParameters({
    options: { device: 'vda', ignitionUrl: 'skip', imageUrl: image.value },
    files: { directory: '/tmp' },
    kernel: parseKernelArguments('coreos.inst.skip_media_check'),
    configured: {
      options: { stream: 'stable', requireSignature: true },
      origins: {
        stream: { kind: 'config', name: 'the default' },
        requireSignature: { kind: 'config', name: 'the default' },
      },
    },
  });
  expect(resolved).toMatchObject({ notes: [], imageUrl: image, stream: undefined });
  expect(resolved.requireSignature).toBeUndefined();
});
