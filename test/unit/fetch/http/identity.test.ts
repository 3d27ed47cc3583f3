import { beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import type { SourceOptions } from '../../../../src/fetch/source.ts';
import { type Certificates, makeCertificates } from '../../../support/certificates.ts';
import { digest, hasty, noise, readAll } from '../../../support/read.ts';
import { startServer } from '../../../support/servers.ts';

const image = noise(300_000);
let certificates: Certificates;
let trusting: SourceOptions;

beforeAll(async () => {
  certificates = await makeCertificates();
  trusting = { ...hasty, extraCaPems: [certificates.authority] };
});

const files = { '/image': { bytes: image, etag: '"1"' } };

describe('a client certificate', () => {
  const serve = (maxVersion?: 'TLSv1.2') =>
    startServer({
      files,
      tls: { ...certificates.good, ca: certificates.authority, ...(maxVersion && { maxVersion }) },
      fault: (index) => (index === 0 ? { cutAfterBytes: 100_000 } : undefined),
    });

  test('is shown to a server that asks for one, each time', async () => {
    await using server = await serve();
    const options = { ...trusting, identity: certificates.good };
    const source = openSource(`${server.url}/image`, options);
    expect(digest(await readAll(source))).toBe(digest(image));
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    [undefined, /closed the connection; tried .* Check whether it requires a client certificate/],
    ['TLSv1.2', /aborted the TLS handshake\. Check whether it requires a client certificate/],
  ] as const)('that is lacking is guessed (%s)', async (version, words) => {
    await using server = await serve(version);
    await expect(readAll(openSource(`${server.url}/image`, trusting))).rejects.toThrow(words);
    expect(server.requests).toHaveLength(0);
  });

  test('is not shown to another origin behind a redirect', async () => {
    await using target = await serve();
    await using server = await startServer({
      tls: certificates.good,
      fault: () => ({ redirectTo: `${target.url}/image` }),
    });
    const options = { ...trusting, identity: certificates.good };
    await expect(readAll(openSource(`${server.url}/image`, options))).rejects.toThrow(
      `redirected to ${target.url}/image`,
    );
    expect(target.requests).toHaveLength(0);
  });
});

describe('header fields', () => {
  const options = { ...hasty, headers: { 'private-token': 'secret', 'user-agent': 'me' } };

  test('go with every request to the origin of the URL, and replace those of the program', async () => {
    await using server = await startServer({
      files,
      fault: (index) =>
        [{ redirectTo: '/image' }, { cutAfterBytes: 100_000 }, { redirectTo: '/image' }][index],
    });
    expect(digest(await readAll(openSource(`${server.url}/a`, options)))).toBe(digest(image));
    for (const { headers } of server.requests) {
      expect(headers).toMatchObject({ 'private-token': 'secret', 'user-agent': 'me' });
    }
    expect(server.requests.at(-1)?.headers.range).toMatch(/^bytes=/);
  });

  test('do not go to another origin behind a redirect', async () => {
    await using target = await startServer({ files });
    await using server = await startServer({
      fault: () => ({ redirectTo: `${target.url}/image` }),
    });
    expect(digest(await readAll(openSource(`${server.url}/a`, options)))).toBe(digest(image));
    expect(target.requests[0]?.headers).not.toHaveProperty('private-token');
    expect(target.requests[0]?.headers['user-agent']).toMatch(/^coreos-installer/);
  });

  test('yield to the user name and password of the URL', async () => {
    await using server = await startServer({ files });
    const both = { ...hasty, headers: { authorization: 'Bearer secret' } };
    await readAll(openSource(`${server.url.replace('//', '//user:pass@')}/image`, both));
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${btoa('user:pass')}`);
  });
});
