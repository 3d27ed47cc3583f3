import { beforeAll, expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import type { SourceOptions } from '../../../../src/fetch/source.ts';
import { type Certificates, makeCertificates } from '../../../support/certificates.ts';
import { startProxy } from '../../../support/proxy.ts';
import { digest, hasty, noise, readAll } from '../../../support/read.ts';
import { type Fault, reservePort, startServer } from '../../../support/servers.ts';

const image = noise(500_000);
let certificates: Certificates;

beforeAll(async () => {
  certificates = await makeCertificates();
});

const serve = (scheme: 'http' | 'https', ...faults: Fault[]) =>
  startServer({
    files: { '/image': { bytes: image, etag: '"1"' } },
    fault: (index) => faults[index],
    ...(scheme === 'https' && { tls: certificates.good }),
  });

const through = (proxy: URL, more: SourceOptions = {}): SourceOptions => ({
  ...hasty,
  stallTimeoutMs: 5_000,
  extraCaPems: [certificates.authority],
  proxyFor: () => proxy,
  ...more,
});

test('http:// is asked of the proxy by its whole URL, and taken up where it broke', async () => {
  await using server = await serve('http', { cutAfterBytes: 200_000 });
  await using proxy = await startProxy();
  const url = `${server.url}/image`;
  expect(digest(await readAll(openSource(url, through(proxy.url))))).toBe(digest(image));
  expect(proxy.requests.map(({ method, target }) => [method, target])).toEqual([
    ['GET', url],
    ['GET', url],
  ]);
  expect(server.requests.map(({ status }) => status)).toEqual([200, 206]);
});

test('https:// goes through a tunnel, in which the proxy sees nothing', async () => {
  await using server = await serve('https', { cutAfterBytes: 200_000 });
  await using proxy = await startProxy();
  const url = `${server.url.replace('//', '//user:secret@')}/image`;
  const options = through(proxy.url, { headers: { 'x-token': 'secret' } });
  expect(digest(await readAll(openSource(url, options)))).toBe(digest(image));
  expect(proxy.requests.map(({ method, target }) => [method, target])).toEqual([
    ['CONNECT', `127.0.0.1:${server.port}`],
    ['CONNECT', `127.0.0.1:${server.port}`],
  ]);
  for (const { fields } of proxy.requests) {
    expect(fields).not.toContain('authorization');
    expect(fields).not.toContain('x-token');
  }
  expect(server.requests[0]?.headers['x-token']).toBe('secret');
});

test.each(['http', 'https'] as const)(
  'a proxy may be spoken to by TLS, for %s://',
  async (scheme) => {
    await using server = await serve(scheme);
    await using proxy = await startProxy({ tls: certificates.good });
    const source = openSource(`${server.url}/image`, through(proxy.url));
    expect(digest(await readAll(source))).toBe(digest(image));
    expect(proxy.requests).toHaveLength(1);
  },
);

test.each(['http', 'https'] as const)(
  'a proxy whose certificate is another one’s is told by its own name, for %s://',
  async (scheme) => {
    await using proxy = await startProxy({ tls: certificates.otherName });
    const source = openSource(`${scheme}://host.invalid/image`, through(proxy.url));
    await expect(readAll(source)).rejects.toThrow(
      'the certificate is not for 127.0.0.1, but for DNS:other.example, through the proxy',
    );
  },
);

test.each(['http', 'https'] as const)(
  'a certificate of a proxy that is not accepted is the proxy’s, for %s://',
  async (scheme) => {
    const told = async (identity: 'good' | 'expired', extraCaPems: string[]) => {
      await using proxy = await startProxy({ tls: certificates[identity] });
      const options = through(proxy.url, { extraCaPems });
      const source = openSource(`${scheme}://host.invalid/image`, options);
      const { message } = await readAll(source).catch((error) => error);
      return message.replaceAll(proxy.url.host, 'PROXY');
    };
    expect(await told('good', [])).toContain(
      ': the certificate of PROXY was not issued by a trusted CA, through the proxy PROXY. Give the CA certificate with --ca-file, or use a proxy by http://.',
    );
    expect(await told('expired', [certificates.authority])).toContain(
      ': the certificate of PROXY has expired, through',
    );
  },
);

test.each([undefined, 'good'] as const)(
  'a certificate of the server stays the server’s in the tunnel, with TLS of the proxy: %s',
  async (identity) => {
    await using server = await startServer({ tls: certificates.expired });
    await using plain = await startServer();
    await using proxy = await startProxy(identity && { tls: certificates[identity] });
    const told = (url: string) => readAll(openSource(`${url}/image`, through(proxy.url)));
    await expect(told(server.url)).rejects.toThrow(
      `: the certificate of 127.0.0.1:${server.port} has expired, through`,
    );
    await expect(told(plain.url.replace('http:', 'https:'))).rejects.toThrow(
      `: the TLS handshake with 127.0.0.1:${plain.port} failed (`,
    );
  },
);

test.each(['http', 'https'] as const)(
  'a client certificate is for the server, and not for its proxy, for %s://',
  async (scheme) => {
    await using server = await serve(scheme);
    await using proxy = await startProxy({ tls: certificates.good, asksForCertificate: true });
    const options = { ...through(proxy.url), identity: certificates.good };
    expect(digest(await readAll(openSource(`${server.url}/image`, options)))).toBe(digest(image));
    expect(proxy.requests.map(({ showedCertificate }) => showedCertificate)).toEqual([false]);
  },
);

test.each(['http', 'https'] as const)(
  'its user name and password go to the proxy only, for %s://',
  async (scheme) => {
    await using server = await serve(scheme);
    await using proxy = await startProxy({ credentials: 'me:p@ss' });
    const source = openSource(`${server.url}/image`, through(proxy.url));
    expect(digest(await readAll(source))).toBe(digest(image));
    expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  },
);

test.each(['http', 'https'] as const)(
  'a proxy that wants a password, or another one, is told at once for %s://',
  async (scheme) => {
    await using server = await serve(scheme);
    await using proxy = await startProxy({ credentials: 'me:right' });
    const url = `${server.url}/image`;
    const without = readAll(openSource(url, through(new URL(proxy.url.origin))));
    await expect(without).rejects.toThrow(
      `the proxy asks for a user name and password (407 Proxy Authentication Required), through the proxy ${proxy.url.host}. Put them into its URL`,
    );
    const wrong = new URL(proxy.url);
    wrong.password = 'wr0ng';
    const failure = await readAll(openSource(url, through(wrong))).catch((error) => error);
    expect(failure.message).toContain('the proxy refuses the user name and password (407');
    expect(failure.message).toContain('Basic authentication: the proxy must accept that');
    expect(failure.message).not.toContain('wr0ng');
    expect(proxy.requests).toHaveLength(2);
    expect(server.requests).toHaveLength(0);
  },
);

test('a proxy that is not there yet is waited for, and is what is named', async () => {
  const port = await reservePort();
  const proxy = new URL(`http://127.0.0.1:${port}`);
  for (const url of ['http://host.invalid/x', 'https://host.invalid/x']) {
    await expect(readAll(openSource(url, through(proxy)))).rejects.toThrow(
      new RegExp(
        `: 127\\.0\\.0\\.1:${port} refuses the connection, through the proxy 127\\.0\\.0\\.1:${port}; tried \\d+ times`,
      ),
    );
  }
});

test('a tunnel that the proxy cannot open now is asked for again; one it forbids is not', async () => {
  await using busy = await startProxy({ status: 502 });
  await expect(readAll(openSource('https://host.invalid/x', through(busy.url)))).rejects.toThrow(
    /the proxy cannot reach host\.invalid \(502 Bad Gateway\).*; tried \d+ times/,
  );
  await using strict = await startProxy({ status: 403 });
  await expect(readAll(openSource('https://host.invalid/x', through(strict.url)))).rejects.toThrow(
    'the proxy refuses connections to host.invalid (403 Forbidden)',
  );
  expect(strict.requests).toHaveLength(1);
});

test.each(['close', 'silent'] as const)(
  'a proxy that says nothing costs a try: %s',
  async (fault) => {
    await using server = await serve('https');
    await using proxy = await startProxy({ fault: (index) => (index < 2 ? fault : undefined) });
    const options = through(proxy.url, { stallTimeoutMs: 150, retryForMs: 5_000 });
    expect(digest(await readAll(openSource(`${server.url}/image`, options)))).toBe(digest(image));
    expect(proxy.requests).toHaveLength(3);
  },
);

test('each step of a redirect has its own proxy, or none', async () => {
  await using target = await serve('http');
  await using server = await startServer({
    fault: () => ({ redirectTo: `${target.url}/image` }),
  });
  await using proxy = await startProxy();
  const options = through(proxy.url, {
    proxyFor: (url) => (url.port === String(server.port) ? proxy.url : undefined),
  });
  expect(digest(await readAll(openSource(`${server.url}/a`, options)))).toBe(digest(image));
  expect(proxy.requests.map(({ target: asked }) => asked)).toEqual([`${server.url}/a`]);
});

test('aborting ends the wait for a tunnel', async () => {
  await using proxy = await startProxy({ fault: () => 'silent' });
  const stop = new AbortController();
  const options = through(proxy.url, { stallTimeoutMs: 60_000, retryForMs: 60_000 });
  const reading = readAll(openSource('https://host.invalid/x', options), stop.signal);
  setTimeout(() => stop.abort(new Error('interrupted')), 50);
  await expect(reading).rejects.toThrow('interrupted');
});
