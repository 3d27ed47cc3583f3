import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchOptions } from '../../../../src/fetch/options/fetch-options.ts';
import {
  type Fetching,
  type FetchingKey,
  fetchingKeys,
  type Resolved,
} from '../../../../src/parameters/parameters.ts';
import { type Certificates, makeCertificates } from '../../../support/certificates.ts';
import { failure } from '../../../support/failure.ts';

let directory: string;
let certificates: Certificates;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fetch-options-'));
  certificates = await makeCertificates();
});
afterAll(() => rm(directory, { recursive: true }));

const nothing = Object.fromEntries(fetchingKeys.map((key) => [key, undefined])) as Fetching;

const given = (value: string): Resolved<string> => ({
  value,
  origin: { kind: 'option', name: '--option' },
});

/** The options from files with these contents. */
async function optionsOf(
  contents: Partial<Record<FetchingKey, string | Uint8Array>>,
  mode = 0o600,
) {
  const values: Partial<Record<FetchingKey, Resolved<string>>> = {};
  for (const [key, content] of Object.entries(contents)) {
    const path = join(directory, key);
    await writeFile(path, content);
    await chmod(path, mode);
    values[key as FetchingKey] = given(path);
  }
  return await fetchOptions({ ...nothing, ...values }, {});
}

test('nothing given leaves the defaults', async () => {
  const { source, warnings } = await fetchOptions(nothing, {});
  expect(source).not.toHaveProperty('retryForMs');
  expect(source).toMatchObject({ extraCaPems: [], identity: undefined, headers: {} });
  expect(source.proxyFor?.(new URL('http://host/'))).toBeUndefined();
  expect(warnings).toEqual([]);
});

test('times and proxies are handed on, the environment filling in', async () => {
  const fetching = { ...nothing, retryFor: given('0'), noProxy: given('.local') };
  const { source } = await fetchOptions(fetching, { http_proxy: 'http://proxy:3128' });
  expect(source.retryForMs).toBe(Infinity);
  expect(source.proxyFor?.(new URL('http://host/'))?.host).toBe('proxy:3128');
  expect(source.proxyFor?.(new URL('http://host.local/'))).toBeUndefined();
});

describe('authorities', () => {
  test('come as PEM with text around, several in one file', async () => {
    const { authority, good } = certificates;
    const { source } = await optionsOf({ caFile: `Ours:\n${authority}\n# and\n${good.cert}` });
    expect(source.extraCaPems).toEqual([authority, good.cert]);
  });

  test('come as DER too', async () => {
    const der = execFileSync('openssl', ['x509', '-outform', 'DER'], {
      input: certificates.authority,
    });
    expect((await optionsOf({ caFile: der })).source.extraCaPems).toEqual([certificates.authority]);
  });

  test.each([
    ['', 'there is no certificate in it'],
    ['hello', 'there is no certificate in it'],
    [
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'a certificate in it is damaged',
    ],
  ])('%j is refused', async (content, words) => {
    await expect(optionsOf({ caFile: content })).rejects.toThrow(
      `Cannot use ${directory}/caFile from --option: ${words}`,
    );
  });
});

describe('a client certificate', () => {
  test('has its key beside it, or in the same file', async () => {
    const { cert, key } = certificates.good;
    const two = await optionsOf({ certFile: cert, keyFile: key });
    expect(two.source.identity).toEqual({ cert, key });
    const one = await optionsOf({ certFile: key + cert });
    expect(one.source.identity).toEqual({ cert: key + cert, key: key + cert });
    expect(one.warnings).toEqual([]);
  });

  test('with a key that everybody can read is worth a warning', async () => {
    const { cert, key } = certificates.good;
    expect((await optionsOf({ certFile: cert, keyFile: key }, 0o644)).warnings).toEqual([
      `Every user can read ${directory}/keyFile. It holds a private key.`,
    ]);
  });

  test.each(['-traditional', '-topk8'])('an encrypted key is refused: %s', async (form) => {
    const password = ['-passout', 'pass:secret'];
    const encrypted =
      form === '-topk8'
        ? execFileSync('openssl', ['pkcs8', '-topk8', ...password], {
            input: certificates.good.key,
          })
        : execFileSync('openssl', ['ec', '-aes128', ...password], {
            input: certificates.good.key,
            stdio: 'pipe',
          });
    await expect(
      optionsOf({ certFile: certificates.good.cert, keyFile: encrypted }),
    ).rejects.toThrow(failure('client-key-unusable'));
  });

  test('is refused without its key, with that of another, and when it is none', async () => {
    const { good, expired } = certificates;
    await expect(optionsOf({ certFile: good.cert })).rejects.toThrow(
      failure('client-key-unusable'),
    );
    await expect(optionsOf({ certFile: good.cert, keyFile: expired.key })).rejects.toThrow(
      failure('client-key-unusable'),
    );
    await expect(optionsOf({ certFile: good.key, keyFile: good.key })).rejects.toThrow(
      failure('client-certificate-unusable'),
    );
    await expect(optionsOf({ keyFile: good.key })).rejects.toThrow(failure('client-key-unusable'));
  });
});

describe('header fields', () => {
  test('stand one a line; comments and empty lines do not count', async () => {
    const { source, warnings } = await optionsOf({
      headerFile: '\uFEFF# for the mirror\r\nAuthorization:  Bearer abc==\t\r\n\r\nX-A:b: c\n',
    });
    expect(source.headers).toEqual({ authorization: 'Bearer abc==', 'x-a': 'b: c' });
    expect(warnings).toEqual([]);
  });

  test('that everybody can read are worth a warning', async () => {
    expect((await optionsOf({ headerFile: 'A: b' }, 0o604)).warnings).toEqual([
      `Every user can read ${directory}/headerFile. It holds secrets.`,
    ]);
  });

  test.each([
    ['', 'there is no header field in it'],
    ['# nothing', 'there is no header field in it'],
    ['A: b\nBearer s3cret', 'its line 2 is not a header field'],
    ['A B: s3cret', 'its line 1 is not a header field'],
    ['A: s3cret\u0000', 'its line 1 is not a header field'],
    ['A: s3cret\rB: c', 'its line 1 is not a header field'],
    ['A: s3crét', 'its line 1 is not a header field'],
    ['A:', 'its line 1 is not a header field'],
    ['Range: s3cret', 'its line 1 sets Range, which the download needs for itself'],
    ['HOST: s3cret', 'its line 1 sets HOST'],
    ['If-Range: s3cret', 'its line 1 sets If-Range'],
    ['Accept-Encoding: s3cret', 'its line 1 sets Accept-Encoding'],
    ['Proxy-Authorization: s3cret', 'Put the user name and password of a proxy into its URL'],
  ])('%j is refused, and not shown', async (headerFile, words) => {
    const error = await optionsOf({ headerFile }).catch((caught) => caught);
    expect(error).toEqual(failure('header-file-unusable'));
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('s3cr');
  });
});

test.each([
  ...['Accept-Encoding', 'Connection', 'Content-Length', 'Content-Encoding', 'Expect', 'Host'],
  ...[
    'If-Match',
    'If-None-Match',
    'If-Range',
    'If-Modified-Since',
    'Keep-Alive',
    'Proxy-Connection',
  ],
  ...['Proxy-Authorization', 'Range', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade'],
])('the field %s is the download’s own, however it is written', async (name) => {
  for (const written of [name, name.toLowerCase(), name.toUpperCase()])
    await expect(optionsOf({ headerFile: `A: b\n${written}: c` })).rejects.toThrow(
      `its line 2 sets ${written}, which the download needs for itself`,
    );
});

describe('a file that an option names', () => {
  test.each([
    ['/no/such/file', 'there is no such file'],
    ['/', 'it is not a regular file'],
    ['/dev/zero', 'it is not a regular file'],
  ])('%s is refused', async (path, words) => {
    await expect(fetchOptions({ ...nothing, headerFile: given(path) }, {})).rejects.toThrow(
      `Cannot use ${path} from --option: ${words}`,
    );
  });

  test('is refused when it is a named pipe or too large', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(fetchOptions({ ...nothing, caFile: given(pipe) }, {})).rejects.toThrow(
      failure('ca-file-unusable'),
    );
    await expect(optionsOf({ caFile: Buffer.alloc(4 * 1024 * 1024 + 1) })).rejects.toThrow(
      failure('ca-file-unusable'),
    );
  });
});
