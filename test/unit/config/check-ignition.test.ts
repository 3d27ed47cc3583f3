import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkIgnitionConfig } from '../../../src/config/check-ignition.ts';
import { InputError } from '../../../src/lib/errors.ts';
import type { IgnitionCheck } from '../../../src/parameters/parameters.ts';
import { failure, type Settled } from '../../support/failure.ts';

const name = 'http://192.0.2.100:8080/simple.json';
const check = (content: string | Uint8Array, how?: IgnitionCheck) =>
  checkIgnitionConfig(typeof content === 'string' ? Buffer.from(content) : content, name, how);
const config = (version: unknown) => JSON.stringify({ ignition: { version } });

test.each(['3.0.0', '3.4.0', '3.5.0-experimental', '3.10.12'])('version %s is taken', (version) => {
  expect(check(config(version))).toMatchObject({ version });
});

test('a whole config is taken, non-ASCII, spaces and all', () => {
  const content = {
    ignition: { version: '3.0.0' },
    passwd: { users: [{ name: 'a', gecos: 'Jürgen' }] },
  };
  expect(check(`\n${JSON.stringify(content, null, 2)}\n`)).toMatchObject({ version: '3.0.0' });
});

test('a refusal names the config, the reason and what to do', () => {
  expect(() => check('')).toThrow(failure('config-unrecognized'));
  expect(() => check('')).toThrow(
    `Cannot use ${name} as Ignition config: it is empty. Check the file on the server.`,
  );
});

test.each<[string, string | Uint8Array, string]>([
  ['white space', ' \n\t\n', 'it contains only white space'],
  ['an error page', '\n<!DOCTYPE html><html></html>', 'it is a web page'],
  ['an old error page', '<HTML><body>', 'it is a web page'],
  ['gzip', gzipSync(config('3.0.0')), 'it is compressed with gzip'],
  ['a byte order mark', `\ufeff${config('3.0.0')}`, 'it begins with a byte order mark'],
  ['UTF-16', Buffer.from(`\ufeff${config('3.0.0')}`, 'utf16le'), 'byte order mark'],
  ['Latin-1', Buffer.from('{"a":"j\xfcrgen"}', 'latin1'), 'it is not text in UTF-8'],
  ['cloud-config', '#cloud-config\nusers:\n', 'it is a cloud-config file'],
  [
    'Butane',
    '# mine\nvariant: fcos\nversion: 1.5.0\n',
    'it is YAML. Translate it into an Ignition config',
  ],
  ['Butane after a document mark', '---\nvariant: fcos\n', 'it is YAML'],
  ['Butane as JSON', '{"variant":"fcos","version":"1.5.0"}', 'it is a Butane config'],
  ['a shell script', '#!/bin/sh\n', 'it is not valid JSON: a value is wrong or missing'],
  ['broken JSON', '{"ignition":\n  {"version": "3.0.0",}}', '(line 2, column 23)'],
  ['cut JSON', '{"ignition": {"ver', 'it ends in the middle of a string (line 1, column 19)'],
  ['a list', '[]', 'it is JSON, but not an object'],
  ['null', 'null', 'it is JSON, but not an object'],
  ['other JSON', '{"a": 1}', 'it has no "ignition" object'],
  ['ignition as text', '{"ignition": "3.0.0"}', 'it has no "ignition" object'],
  ['no version', '{"ignition": {}}', 'its ignition.version is missing or not a string'],
  ['a number as version', config(3), 'its ignition.version is missing or not a string'],
  ['a placeholder for the version', config('{{ version }}'), 'is a placeholder'],
  ['a short version', config('3.0'), 'its ignition.version is not of the form 3.0.0'],
  ['a v before the version', config('v3.0.0'), 'its ignition.version is not of the form 3.0.0'],
  ['version 2', config('2.2.0'), 'its version is 2.2.0, but Fedora CoreOS needs 3.x'],
  ['version 4', config('4.0.0'), 'its version is 4.0.0, but Fedora CoreOS needs 3.x'],
])('%s is told by name', (_, content, reason) => {
  expect(() => check(content)).toThrow(reason);
});

test.each<[Settled, string]>([
  ['config-unrecognized', '<html>'],
  ['config-unrecognized', 'variant: fcos\n'],
  ['config-unrecognized', '{"a": 1}'],
  ['config-syntax-invalid', '{"ignition":\n  {"version": "3.0.0",}}'],
  ['config-version-unsupported', '{"ignition": {}}'],
  ['config-version-unsupported', config('2.2.0')],
])('%s: %s', (code, content) => {
  expect(() => check(content)).toThrow(failure(code));
});

const twoErrors = JSON.stringify(
  {
    ignition: { version: '3.0.0' },
    passwd: { users: [{ name: 'core', passwordHash: '$y$x' }] },
    storage: { files: [{ path: 'a' }, { path: '/etc/b', mode: 99999 }] },
  },
  null,
  2,
);

test('an error stops, or is a warning when that is wanted', () => {
  expect(check(twoErrors, 'warn').warnings).toEqual([
    `error in the config ${name}: storage.files[0].path: the path must begin with / (line 16, column 17).`,
    `error in the config ${name}: storage.files[1].mode: a mode must be a decimal number from 0 to 4095 (07777) (line 20, column 17).`,
  ]);
  for (const how of [undefined, 'error'] as const)
    expect(() => check(twoErrors, how)).toThrow(failure('config-invalid'));
  for (const how of [undefined, 'error'] as const)
    expect(() => check(twoErrors, how)).toThrow(
      'storage.files[0].path: the path must begin with / (line 16, column 17), and 1 more error. Correct it; coreos-installer ignition validate FILE lists everything that is wrong. To install it anyway: --check-ignition warn',
    );
});

const partitions = [{ number: 5, shouldExist: false }, { label: 'data' }];
test.each([
  ['a newer version', { ignition: { version: '3.9.0' }, storage: { files: [{ path: 'a' }] } }],
  [
    'an experimental version',
    { ignition: { version: '3.5.0-experimental' }, storage: { files: [{ path: 'a' }] } },
  ],
  [
    'a rule that was dropped',
    { ignition: { version: '3.2.0' }, storage: { disks: [{ device: '/dev/vda', partitions }] } },
  ],
])('an error that not every Ignition has stops only when that is wanted: %s', (_, config) => {
  const text = JSON.stringify(config);
  expect(check(text).warnings.join('\n')).toMatch(
    /error in the config .*\(some releases of Ignition may accept it\)/,
  );
  expect(check(text, 'warn').warnings).toEqual(check(text).warnings);
  expect(() => check(text, 'error')).toThrow(failure('config-doubtful'));
});

test('a warning never stops', () => {
  expect(check(config('3.0.0'), 'error').warnings).toEqual([
    `config ${name}: passwd: nobody will be able to log in: no user has an SSH key or a password, and autologin is not configured.`,
  ]);
});

test('what is wrong many times is told a few times', () => {
  const files = Array.from({ length: 30 }, (_, index) => ({ path: `${index}` }));
  const { warnings } = check(
    JSON.stringify({ ignition: { version: '3.0.0' }, storage: { files } }),
    'warn',
  );
  expect(warnings).toHaveLength(11);
  expect(warnings.at(-1)).toMatch(/^21 more; coreos-installer ignition validate/);
});

test('nothing is looked at when that is wanted', () => {
  const nothing = { version: undefined, summary: undefined, warnings: [] };
  expect(check('<html>', 'off')).toEqual(nothing);
});

test('nothing of the content is ever told', () => {
  for (const content of [
    '{"passwordHash": "hunter2" "x"}',
    '{"passwordHash": hunter2}',
    'hunter2',
    'passwordHash: hunter2\n',
    config('hunter2'),
  ]) {
    expect(() => check(content)).not.toThrow(/hunter2/);
    expect(() => check(content)).toThrow(InputError);
  }
});

test('whatever the bytes are, it is a version or a refusal', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
      try {
        expect(check(bytes).version).toMatch(/^3\./);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
  );
});
