import { expect, test } from 'vitest';
import { validateIgnition } from '../../../../src/config/ignition/validate.ts';
import { sshKey } from '../../../qemu/support/configs.ts';

const users = [{ name: 'core', sshAuthorizedKeys: [sshKey] }];

/** What is found, as `severity path`. */
const told = (version: string, storage: object) =>
  validateIgnition(
    Buffer.from(JSON.stringify({ ignition: { version }, passwd: { users }, storage })),
  ).findings.map(({ severity, path }) => `${severity} ${path}`);

const file = (more: object) => ({ files: [{ path: '/etc/a', ...more }] });
const luks = (more: object) => ({ luks: [{ name: 'l', device: '/dev/vdb', ...more }] });
const arn = (resource: string) => file({ contents: { source: `arn:aws:s3:::${resource}` } });
const pin = (name: string) => luks({ clevis: { custom: { pin: name, config: '{}' } } });
const tang = (advertisement: string) =>
  luks({ clevis: { tang: [{ url: 'http://t', thumbprint: 'x', advertisement }] } });

/** The specifications that `ignition-validate` 2.14 does not know yet: 3.4.0 to 3.6.0. */
test.each<[string, object, before: string, from: string]>([
  ['a sticky bit', file({ mode: 0o1777 }), '3.5.0', '3.6.0'],
  ['a pin of clevis', pin('pkcs11'), '3.5.0', '3.6.0'],
  ['an ARN', arn('bucket/key'), '3.3.0', '3.4.0'],
  ['discard', luks({ discard: true }), '3.3.0', '3.4.0'],
  ['options to open', luks({ openOptions: ['--perf-no_read_workqueue'] }), '3.3.0', '3.4.0'],
  ['an advertisement', tang('{"payload":"x"}'), '3.3.0', '3.4.0'],
  ['an IBM card', luks({ cex: { enabled: true } }), '3.4.0', '3.5.0'],
])('%s came with a later version', (_, storage, before, from) => {
  expect(told(before, storage)).toHaveLength(1);
  expect(told(from, storage)).toEqual([]);
  expect(told('3.6.0', storage)).toEqual([]);
});

test.each<[string, object, string]>([
  ['an ARN without a key', arn('bucket'), 'error storage.files[0].contents.source'],
  [
    'an advertisement that is not JSON',
    tang('x'),
    'error storage.luks[0].clevis.tang[0].advertisement',
  ],
  [
    'an IBM card and clevis',
    luks({ cex: { enabled: true }, clevis: { tpm2: true } }),
    'error storage.luks[0].cex',
  ],
  [
    'an IBM card and a key',
    luks({ cex: { enabled: true }, keyFile: { source: 'data:,x' } }),
    'error storage.luks[0].cex',
  ],
  ['a pin without a name', pin(''), 'error storage.luks[0].clevis.custom.pin'],
])('%s is an error', (_, storage, finding) => {
  expect(told('3.6.0', storage)).toEqual([finding]);
});
