import { describe, expect, test } from 'vitest';
import {
  formsOfOptions,
  refusedOptions,
  type Todays,
} from '../../../../src/commands/install/todays-options.ts';
import { parseCommandLine } from '../../../../src/commands/parse.ts';
import { ParameterError } from '../../../../src/lib/errors.ts';

function parse(...words: string[]): Todays {
  const request = parseCommandLine(['install', ...words], { version: '1' });
  if (!('asked' in request)) throw new Error('a help text');
  return request.asked as Todays;
}

const refusal = (...words: string[]) => {
  try {
    parse(...words);
  } catch (error) {
    if (error instanceof ParameterError) return error.failure.why;
    throw error;
  }
  throw new Error('not refused');
};

test('what today’s documentation types', () => {
  const words = ['/dev/sda', '--ignition-url', 'https://h/config.ign'];
  expect(parse(...words)).toMatchObject({
    device: '/dev/sda',
    options: { ignitionUrl: 'https://h/config.ign' },
    words,
  });
  expect(
    parse('-s', 'testing', '-a', 'aarch64', '-I', 'https://h/c', '-p', 'qemu', 'sda').options,
  ).toMatchObject({
    stream: 'testing',
    architecture: 'aarch64',
    ignitionUrl: 'https://h/c',
    platform: 'qemu',
  });
  expect(parse('-u', 'https://h/i', '-i', 'c.ign', '--insecure', 'sda').options).toMatchObject({
    imageUrl: 'https://h/i',
    ignitionFile: 'c.ign',
    insecure: true,
  });
  expect(parse('-i', 'a.ign', '--ignition', 'b.ign').options.ignitionFile).toBe('b.ign');
  expect(parse('--ignition', 'a.ign', '-i', 'b.ign').options.ignitionFile).toBe('b.ign');
  expect(parse('-f', 'i.xz', '--ignition', 'c.ign', 'sda').options).toMatchObject({
    imageFile: 'i.xz',
    ignitionFile: 'c.ign',
  });
});

test('retries by number, config files and arguments of the first boot', () => {
  expect(
    parse(
      ...['-c', 'a.yaml', '--config-file', 'b.yaml', '--fetch-retries', 'infinite'],
      ...['--firstboot-args', '--odd ip=dhcp', '--preserve-on-error', 'sda'],
    ).options,
  ).toMatchObject({
    configFile: ['a.yaml', 'b.yaml'],
    fetchRetries: Number.POSITIVE_INFINITY,
    firstbootArgs: '--odd ip=dhcp',
    preserveOnError: true,
  });
});

test.each(['-n', '--copy-network'])('%s copies the network', (word) => {
  expect(parse('sda', word).options).toMatchObject({ copyNetwork: true });
});

describe('refused, with what was meant', () => {
  test.each(Object.entries(refusedOptions))('%s', (name, why) => {
    const words = ['--offline', '--secure-ipl'].includes(name) ? [] : ['x'];
    expect(refusal(name, ...words, 'sda')).toBe(`${name} is not supported: ${why}`);
  });

  test.each([
    [['-d', 'sda'], /the device is given without an option here/],
    [['-b', 'http://h/i'], /an image is given with -u or -f here/],
    [['sda', 'sdb'], /two devices, sda and sdb/],
    [['sda', 'sda', 'sdb'], /two devices, sda and sdb/],
    [['sda', '-i', 'http://h/i'], /is a path: give a URL with --ignition-url/],
    [['sda', '-f', 'https://h/i'], /is a path: give a URL with --image-url/],
    [['sda', '-u', 'http://h/i', '-f', 'i'], /exclude each other/],
    [['sda', '-I', 'http://h/i', '-i', 'i'], /exclude each other/],
    [['sda', '-s', 'next', '-u', 'http://h/i'], /--stream and --image-url exclude each other/],
    [['sda', '-s', 'next', '-f', 'i'], /--stream and --image-file exclude each other/],
    [['sda', '--insecure', '--require-signature'], /exclude each other/],
    [['sda', '--fetch-retries', 'many'], /a number, or infinite/],
    [['sda', '--json'], /--json needs --dry-run/],
  ] as const)('%j', (words, why) => {
    expect(refusal(...words)).toMatch(why);
  });

  test('and without the word install', () => {
    const legacy =
      (...words: string[]) =>
      () =>
        parseCommandLine(words, { version: '1' });
    expect(legacy('/dev/sda')).toThrow(/the device is given with -d/);
    expect(legacy('-u', 'http://h/i')).toThrow(/with -u after coreos-installer install/);
    expect(legacy('-c', 'x')).toThrow(/config files are read by coreos-installer install/);
  });
});

test('the same device twice is one', () => {
  expect(parse('sda', 'sda').device).toBe('sda');
});

test('config files have the same options, and the device', () => {
  const forms = formsOfOptions();
  const form = (name: string) => forms.find((one) => one.name === name);
  expect(form('dest-device')).toEqual({ name: 'dest-device', takesValue: true, repeats: false });
  expect(form('notify-url')).toMatchObject({ repeats: true });
  expect(form('insecure')).toMatchObject({ takesValue: false });
  expect(form('save-partlabel')).toMatchObject({ takesValue: true });
  for (const name of ['config-file', 'firstboot-args', 'device'])
    expect(form(name)).toBeUndefined();
});
