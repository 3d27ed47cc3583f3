import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { validateIgnition } from '../../../../src/config/ignition/validate.ts';
import { makeCertificates } from '../../../support/certificates.ts';

const errors = (config: object) =>
  validateIgnition(Buffer.from(JSON.stringify(config)))
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ path, message, doubtful }) => `${path}: ${message}${doubtful ? ' (doubtful)' : ''}`);

const base64 = (bytes: Uint8Array | string) =>
  `data:;base64,${Buffer.from(bytes).toString('base64')}`;
const sha = (kind: string, text: Uint8Array | string) =>
  `${kind}-${createHash(kind).update(text).digest('hex')}`;

const v = (version: string, ignition: object = {}, more: object = {}) => ({
  ignition: { version, ...ignition },
  ...more,
});
const file = (contents: object) =>
  v('3.1.0', {}, { storage: { files: [{ path: '/a', contents }] } });
const merge = (resource: object) => v('3.1.0', { config: { merge: [resource] } });

const none = 'storage.files[0].contents.compression: the data is not compressed with gzip';
test('what is said to be compressed must be', () => {
  const packed = gzipSync('hello');
  expect(errors(file({ compression: 'gzip', source: base64(packed) }))).toEqual([]);
  for (const source of ['data:,hello', 'data:,', base64(packed.subarray(0, 12))])
    expect(errors(file({ compression: 'gzip', source }))).toEqual([none]);
  expect(errors(file({ compression: '', source: 'data:,hello' }))).toEqual([]);
  expect(errors(file({ compression: 'gzip', source: 'http://192.0.2.1/a' }))).toEqual([]);
});

test('every place of contents is looked at', () => {
  const bad = { compression: 'gzip', source: 'data:,x' };
  const storage = {
    files: [{ path: '/a', contents: bad, append: [bad] }],
    luks: [{ name: 'l', device: '/dev/vdb', keyFile: bad }],
  };
  const security = { tls: { certificateAuthorities: [bad] } };
  const config = { merge: [bad], replace: bad };
  expect(errors(v('3.2.0', { config, security }, { storage })).toSorted()).toEqual(
    [
      'ignition.config.merge[0]',
      'ignition.config.replace',
      'ignition.security.tls.certificateAuthorities[0]',
      'storage.files[0].append[0]',
      'storage.files[0].contents',
      'storage.luks[0].keyFile',
    ].map((path) => `${path}.compression: the data is not compressed with gzip`),
  );
});

test('a hash is that of the data, uncompressed', () => {
  const other = ['storage.files[0].contents.verification.hash: the data has a different hash'];
  for (const kind of ['sha256', 'sha512']) {
    const verification = { hash: sha(kind, 'a b') };
    expect(errors(file({ source: 'data:,a%20b', verification }))).toEqual([]);
    const packed = { compression: 'gzip', source: base64(gzipSync('a b')) };
    expect(errors(file({ ...packed, verification }))).toEqual([]);
    expect(errors(file({ source: 'data:,a', verification }))).toEqual(other);
    const ofPacked = { hash: sha(kind, gzipSync('a b')) };
    expect(errors(file({ ...packed, verification: ofPacked }))).toEqual(other);
  }
  const bytes = Buffer.from([0, 0xff, 0x80]);
  const verification = { hash: sha('sha256', bytes).toUpperCase().replace('SHA', 'sha') };
  expect(errors(file({ source: 'data:,%00%fF%80', verification }))).toEqual([]);
});

test.each<[string, string, string | undefined]>([
  ['a config', JSON.stringify(v('3.0.0')), undefined],
  ['one of a later version', JSON.stringify(v('3.6.0')), undefined],
  ['an empty object', '{}', 'ignition: it has no "ignition" object'],
  ['nothing', '', 'it is empty'],
  ['version 2', JSON.stringify(v('2.2.0')), 'ignition.version: its version is 2.2.0'],
  [
    'one with an error',
    JSON.stringify(v('3.0.0', {}, { storage: { files: [{ path: 'a' }] } })),
    'storage.files[0].path: the path must begin with /',
  ],
  [
    'one in one, with an error',
    JSON.stringify(merge({ source: 'data:,{}' })),
    'ignition.config.merge[0].source: ',
  ],
])('a config can hold another: %s', (_, text, wrong) => {
  const found = errors(merge({ source: base64(text) }));
  const packed = errors(merge({ source: base64(gzipSync(text)), compression: 'gzip' }));
  expect(packed).toEqual(found);
  if (wrong === undefined) expect(found).toEqual([]);
  else {
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(
      `ignition.config.merge[0].source: the embedded config is invalid: ${wrong}`,
    );
    expect(found[0]).not.toContain('doubtful');
  }
});

test('YAML in a config is taken by newer releases of Ignition', () => {
  expect(errors(merge({ source: base64('variant: fcos\nversion: 1.0.0\n') }))).toEqual([
    'ignition.config.merge[0].source: the embedded config is invalid: it is YAML (doubtful)',
  ]);
});

test('authorities are certificates', async () => {
  const {
    authority: certificate,
    good: { key },
  } = await makeCertificates();
  const trust = (pem: string) =>
    errors(
      v('3.0.0', { security: { tls: { certificateAuthorities: [{ source: base64(pem) }] } } }),
    );
  const at = 'ignition.security.tls.certificateAuthorities[0].source: ';
  for (const pem of [
    certificate,
    certificate.trimEnd(),
    certificate.replaceAll('\n', '\r\n'),
    `# mine\n${certificate}\n# yours\n${certificate}`,
    certificate.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
  ])
    expect(trust(pem)).toEqual([]);
  expect(trust('pem')).toEqual([`${at}it contains no certificate in PEM format`]);
  for (const pem of [
    certificate.replace(/^(.{80})..../s, '$1'),
    certificate.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
    `${certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`,
    `${certificate}-----BEGIN CERTIFICATE-----\n`,
    '-----BEGIN CERTIFICATE-----\n'.repeat(50_000),
    `${key}${certificate}`,
    `${certificate}${key}`,
    `-----BEGIN A-----\nProc-Type: 4,B-C\n\nAAAA\n-----END A-----\n${certificate}`,
  ])
    expect(trust(pem)).toEqual([`${at}it contains a PEM block that is not a valid certificate`]);
  for (const rest of ['\n', ' ', '# end', '\r\n'])
    expect(trust(certificate + rest)).toEqual([
      `${at}something follows the last certificate: Ignition refuses even an empty line there`,
    ]);
});

test('a bomb in it takes neither memory nor long', () => {
  const bomb = { compression: 'gzip', source: base64(gzipSync(Buffer.alloc(200 * 1024 * 1024))) };
  const files = Array.from({ length: 20 }, (_, index) => ({ path: `/${index}`, contents: bomb }));
  const beforeBytes = process.memoryUsage().rss;
  const startMs = performance.now();
  expect(errors(v('3.1.0', {}, { storage: { files } }))).toEqual([]);
  expect(performance.now() - startMs).toBeLessThan(15_000);
  expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(400 * 1024 * 1024);
});

test('configs in configs are not followed for ever', () => {
  let config: object = v('3.1.0', {}, { storage: { files: [{ path: 'a' }] } });
  for (let depth = 0; depth < 8; depth += 1)
    config = merge({ source: base64(gzipSync(JSON.stringify(config))), compression: 'gzip' });
  expect(errors(config)).toEqual([]);
});
