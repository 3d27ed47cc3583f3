import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ParameterError } from '../../../src/lib/errors.ts';
import { knownValues } from '../../../src/parameters/find.ts';
import { judgeArguments, withoutIgnored } from '../../../src/parameters/judge-arguments.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import type { ParameterFiles } from '../../../src/parameters/parameter-files.ts';
import { parameterList } from '../../../src/parameters/parameter-list.ts';
import type { ParameterOptions } from '../../../src/parameters/parameters.ts';

interface By {
  options?: ParameterOptions;
  files?: Partial<ParameterFiles>;
}

const judge = (kernel: string, { options = {}, files = {} }: By = {}) =>
  judgeArguments({
    options,
    files: { directory: '/tmp', ...files },
    kernel: parseKernelArguments(kernel),
  });

function refusalOf(kernel: string, by?: By): ParameterError {
  try {
    judge(kernel, by);
  } catch (error) {
    return error as ParameterError;
  }
  throw new Error(`${kernel} is not refused`);
}

test('what is known, and what is for others, is passed over', () => {
  const known = Object.values(parameterList).map(({ argument }) => argument);
  const others =
    'quiet coreos.inst=yes coreos.live.rootfs_url=http://h/r coreos.liveiso=fedora coreos.oem.id=x ' +
    'coreos.autologin other.inst.x key=x proxy verify coreos.key=x ip=dhcp coreos.no_persist_ip ' +
    'coreos.force_persist_ip coreos.coreos.inst.install_dev=sda coreos.config.url=http://h/c ' +
    'constructor toString valueOf=1 __proto__=x hasOwnProperty';
  expect(judge(`${others} ${known.map((name) => `${name}=1`).join(' ')}`)).toEqual([]);
});

describe('a misspelling', () => {
  test.each([
    ['coreos.inst.ignition-url', 'coreos.inst.ignition_url'],
    ['coreos.inst.ignitionurl', 'coreos.inst.ignition_url'],
    ['coreos.inst.ignition_ulr', 'coreos.inst.ignition_url'],
    ['COREOS.INST.IMAGE_URL', 'coreos.inst.image_url'],
    ['coreos.inst.imag_url', 'coreos.inst.image_url'],
    ['coreos.coreos.inst.image_url', 'coreos.inst.image_url'],
    ['coreos.image_url', 'coreos.inst.image_url'],
    ['coreos-inst.install_dev', 'coreos.inst.install_dev'],
    ['coreos.install.install_dev', 'coreos.inst.install_dev'],
    ['coreos.int.install_dev', 'coreos.inst.install_dev'],
    ['coreos.inst.device', 'coreos.inst.install_dev'],
    ['coreos.inst.selected_dev', 'coreos.inst.install_dev'],
    ['coreos.inst.platform', 'coreos.inst.platform_id'],
    ['coreos.inst.skip-reboot', 'coreos.inst.skip_reboot'],
    ['coreos.inst.no_proxy', 'coreos.inst.noproxy'],
    ['coreos.inst.key_file', 'coreos.inst.key'],
    ['coreos.inst.certt', 'coreos.inst.cert'],
    ['coreos.no-persist-ip', 'coreos.no_persist_ip'],
    ['coreos.force_persistip', 'coreos.force_persist_ip'],
  ])('%s is refused, and %s is named', (wrong, right) => {
    const { exitCode, failure } = refusalOf(`${wrong}=x`);
    expect(exitCode).toBe(2);
    expect(failure.code).toBe('kernel-argument-misspelled');
    expect(failure.why).toBe(`the kernel argument ${wrong} is not known (similar: ${right})`);
  });

  test('the ways to give the value are named', () => {
    expect(refusalOf('coreos.inst.ignition-url=http://h/c').failure.next).toBe(
      'Correct it, or give the value with the option -i URL, in the file /tmp/ignition_url, or as ' +
        'the kernel argument coreos.inst.ignition_url=.',
    );
    expect(refusalOf('coreos.inst.skip-reboot').failure.next).toBe(
      'Correct it, or give the value in the file /tmp/skip_reboot, or as the kernel argument ' +
        'coreos.inst.skip_reboot.',
    );
    expect(refusalOf('coreos.no-persist-ip').failure.next).toBe(
      'Correct it, or give the value in the file /tmp/additional_opts.',
    );
  });

  test.each([
    ['coreos.inst.ignition-url=x', { options: { ignitionUrl: 'skip' } }, '-i'],
    ['coreos.inst.ignition-url=x', { files: { ignitionUrl: 'skip' } }, '/tmp/ignition_url'],
    ['coreos.inst.skip-reboot', { files: { skipReboot: false } }, '/tmp/skip_reboot'],
    ['coreos.inst.skip-media-check', { options: { insecure: true } }, '--insecure'],
    ['coreos.no-persist-ip', { files: { additionalOptions: '' } }, '/tmp/additional_opts'],
  ])('%s is only noted where the value is given by hand', (wrong, by, origin) => {
    const name = wrong.replace(/=.*/, '');
    expect(judge(wrong, by)).toEqual([
      `The kernel argument ${name} is not known and is ignored; ${origin} is used.`,
    ]);
  });

  test('tells what was meant, for the command to try', () => {
    const kernel =
      'coreos.inst.ignition-url=http://h/c coreos.inst.image_url= coreos.platform_id=qemu';
    const files = { directory: '/tmp', platformId: 'metal' };
    expect(knownValues({ options: {}, files, kernel: parseKernelArguments(kernel) })).toEqual({
      ignitionUrl: 'http://h/c',
      platformId: 'metal',
    });
  });

  test('is not excused by the right one beside it', () => {
    expect(() => judge('coreos.inst.ignition-url=a coreos.inst.ignition_url=b')).toThrow(
      'coreos.inst.ignition-url is not known',
    );
  });
});

describe('an argument that is like none', () => {
  test.each([
    'coreos.inst.image',
    'coreos.inst.foo',
    'coreos.inst.fetch_retries',
    'coreos.inst.',
    'coreos.installer.foo',
  ])('%s is refused without a suggestion', (name) => {
    const { exitCode, failure } = refusalOf(`${name}=x`);
    expect(exitCode).toBe(2);
    expect(failure.why).toBe(`the kernel argument ${name} is not known`);
    expect(failure.next).toContain(`echo ${name} >> /tmp/ignored_args`);
  });

  test('options by hand do not excuse it', () => {
    const options = { device: 'vda', imageUrl: 'http://h/i', ignitionUrl: 'skip' };
    expect(() => judge('coreos.inst.foo', { options })).toThrow('coreos.inst.foo is not known');
  });

  test('the file of ignored ones does', () => {
    const kernel = parseKernelArguments('coreos.inst.foo=1 ip=dhcp coreos.inst.save_partlabel=d*');
    const files = {
      directory: '/tmp',
      ignoredArguments: 'coreos.inst.foo coreos.inst.save_partlabel=x',
    };
    expect(withoutIgnored(kernel, files).map(({ raw }) => raw)).toEqual(['ip=dhcp']);
    expect(withoutIgnored(kernel, { directory: '/tmp' })).toEqual(kernel);
  });

  test('a single one may be left out', () => {
    expect(refusalOf('coreos.inst.foo').failure.next).toContain(
      'To install without it: echo coreos.inst.foo >> /tmp/ignored_args; then',
    );
  });

  test('all are told at once', () => {
    const { failure } = refusalOf(
      'coreos.inst.foo coreos.inst.foo=2 coreos.inst.ignition-url=x coreos.inst.bar="a b"',
    );
    expect(failure.why).toBe(
      'the kernel argument coreos.inst.foo is not known; the kernel argument coreos.inst.ignition-url ' +
        'is not known (similar: coreos.inst.ignition_url); the kernel argument ' +
        'coreos.inst.bar is not known',
    );
    expect(failure.next).toContain(
      "To install without them: echo 'coreos.inst.foo coreos.inst.bar' >> /tmp/ignored_args; then",
    );
    expect(failure.next.match(/--help/g)).toHaveLength(1);
  });
});

test('one letter too few or too many is never passed over', () => {
  const names = Object.values(parameterList).map(({ argument }) => argument);
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.nat(),
      fc.constantFrom('', 'x', '-', '_'),
      (name, n, letter) => {
        const at = 12 + (n % (name.length - 12));
        const wrong = name.slice(0, at) + letter + name.slice(at + (letter === '' ? 1 : 0));
        fc.pre(!names.some((other) => other === wrong));
        expect(() => judge(`${wrong}=1`)).toThrow(wrong);
      },
    ),
  );
});

describe('arguments of other generations', () => {
  test('an unsigned image is accepted, and it is said what skips the check', () => {
    const name = 'coreos.inst.insecure';
    expect(judge(name)).toEqual([expect.stringContaining('coreos.inst.skip_media_check')]);
    expect(judge(`${name}=0 coreos.inst.require_signature`)).toEqual([]);
    expect(() => judge(`${name}=perhaps`)).toThrow(/must be on or off/);
    expect(() => judge(`${name} coreos.inst.require_signature`)).toThrow(/Give one of them/);
    expect(judge(name, { options: { requireSignature: true } })).toEqual([
      'The kernel argument coreos.inst.insecure is ignored; --require-signature is used.',
    ]);
  });

  test.each(['coreos.inst.secure_ipl', 'coreos.inst.callback=http://h/c'])(
    '%s changes nothing, with a note',
    (argument) => {
      expect(judge(argument)).toHaveLength(1);
    },
  );
});

describe('an argument that is neither on nor off', () => {
  test.each([
    'coreos.inst.verify',
    'coreos.inst.skip_reboot',
    'coreos.inst.insecure',
    'coreos.no_persist_ip',
  ])('%s is refused, and it is said how to install without it', (name) => {
    const { exitCode, failure } = refusalOf(`${name}=1 ${name}=perhaps`);
    expect(exitCode).toBe(2);
    expect(failure.why).toBe(`the kernel argument ${name} must be on or off, not "perhaps"`);
    expect(failure.next).toContain(`echo ${name} >> /tmp/ignored_args`);
    expect(judge(`${name}=perhaps ${name}=0`)).toEqual([]);
  });

  test('is passed over where something else says it', () => {
    expect(judge('coreos.inst.verify=perhaps', { options: { verify: true } })).toEqual([]);
    expect(judge('coreos.inst.verify=perhaps', { files: { verify: false } })).toEqual([]);
    const files = { additionalOptions: '' };
    expect(judge('coreos.no_persist_ip=perhaps', { files })).toEqual([]);
  });
});

test('an argument of a list that would run into the next one is refused', () => {
  const kernel = 'coreos.inst.append_karg="a"b coreos.inst.append_karg=c';
  expect(refusalOf(kernel).failure).toMatchObject({
    code: 'kernel-argument-invalid',
    why: expect.stringContaining('coreos.inst.append_karg="a"b has a double quote'),
  });
  expect(judge(kernel, { options: { appendKarg: 'x' } })).toEqual([]);
  expect(judge('coreos.inst.append_karg=a="b c" coreos.inst.notify_url=x"')).toEqual([]);
});

describe('an argument without a value', () => {
  test.each(['coreos.inst.ignition_url=', 'coreos.inst.ignition_url', 'coreos.inst.image_hash='])(
    '%s is refused',
    (argument) => {
      const name = argument.replace('=', '');
      const { failure } = refusalOf(argument);
      expect(failure.why).toBe(`the kernel argument ${name}= has no value`);
      expect(failure.next).toContain(`echo ${name} >> /tmp/ignored_args`);
    },
  );

  test('is noted elsewhere where another, or something else, gives one', () => {
    expect(judge('coreos.inst.ignition_url= coreos.inst.ignition_url=skip')).toEqual([]);
    expect(judge('coreos.inst.ignition_url=', { options: { ignitionUrl: 'skip' } })).toEqual([]);
  });

  test('is left to what is missing, of the device and the image', () => {
    expect(judge('coreos.inst.install_dev= coreos.inst.image_url')).toEqual([]);
  });
});
