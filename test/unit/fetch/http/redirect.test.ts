import { describe, expect, test } from 'vitest';
import { nextUrl } from '../../../../src/fetch/http/redirect.ts';
import { openSource } from '../../../../src/fetch/open-source.ts';
import { InputError } from '../../../../src/lib/errors.ts';
import { makeCertificates } from '../../../support/certificates.ts';
import { failure } from '../../../support/failure.ts';
import { digest, hasty, noise, readAll } from '../../../support/read.ts';
import { startServer, type TestServer } from '../../../support/servers.ts';

const image = noise(10_000);

/** A server that redirects from path to location as told. */
const serve = (locations: Record<string, string>) =>
  startServer({
    files: { '/image': { bytes: image, etag: '"1"' } },
    fault: (_, { url }) => {
      const redirectTo = locations[url ?? ''];
      return redirectTo === undefined ? undefined : { redirectTo };
    },
  });

test('redirects are followed, relative ones too', async () => {
  await using server = await serve({ '/a': '/b/c', '/b/c': 'd', '/b/d': '../image#part' });
  expect(digest(await readAll(openSource(`${server.url}/a`, hasty)))).toBe(digest(image));
  expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b/c', '/b/d', '/image']);
});

test.each([
  ['in UTF-8', Buffer.from('/Übung/grüße').toString('latin1'), '/%C3%9Cbung/gr%C3%BC%C3%9Fe'],
  ['in Latin-1', '/gr\xfc\xdfe', '/gr%FC%DFe'],
  ['escaped already', '/gr%C3%BC%C3%9Fe?a=%C3%BC', '/gr%C3%BC%C3%9Fe?a=%C3%BC'],
])('a Location %s is asked for as it was sent', async (_, location, path) => {
  await using server = await serve({ '/a': location, [path]: '/image' });
  expect(digest(await readAll(openSource(`${server.url}/a`, hasty)))).toBe(digest(image));
  expect(server.requests.map(({ path }) => path)).toEqual(['/a', path, '/image']);
});

test('ten redirects are followed, eleven are too many', async () => {
  const chain = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => [
        `/${at}`,
        at === count - 1 ? '/image' : `/${at + 1}`,
      ]),
    );
  await using ten = await serve(chain(10));
  expect(digest(await readAll(openSource(`${ten.url}/0`, hasty)))).toBe(digest(image));
  await using eleven = await serve(chain(11));
  await expect(readAll(openSource(`${eleven.url}/0`, hasty))).rejects.toThrow(
    `there are more than 10 redirects, the last one to ${eleven.url}/image`,
  );
});

test('a circle is told with all its stations', async () => {
  await using server = await serve({ '/a': '/b', '/b': '/a' });
  await expect(readAll(openSource(`${server.url}/a`, hasty))).rejects.toThrow(
    `its redirects form a loop: ${server.url}/a → ${server.url}/b → ${server.url}/a`,
  );
  expect(server.requests).toHaveLength(2);
});

test.each(['ftp://host/x', 'file:///etc/passwd', 'http://[', ''])(
  'a redirect to %j is refused',
  async (location) => {
    await using server = await startServer({
      fault: () => ({ status: 302, headers: { Location: location } }),
    });
    await expect(readAll(openSource(`${server.url}/a`, hasty))).rejects.toThrow(
      failure('redirect-invalid'),
    );
  },
);

test('an error behind a redirect names both ends', async () => {
  await using target = await serve({});
  await using server = await serve({ '/a': `${target.url}/missing` });
  await expect(readAll(openSource(`${server.url}/a`, hasty))).rejects.toThrow(
    `Cannot fetch ${server.url}/a: the server has no such file (404 Not Found), redirected to ${target.url}/missing. `,
  );
});

describe('of a redirect’s URLs no user name, password or query is told', () => {
  const query = '?X-Amz-Signature=secret';
  /** To somewhere on the server itself. */
  const at = ({ url }: { url: string }, path: string) =>
    `${url.replace('//', '//secretU:secretP@')}${path}${query}`;
  type Locate = (server: { url: string }, path: string) => string | undefined;

  test.each<[string, Locate, string]>([
    ['missing', (server, path) => (path === '/a' ? at(server, '/gone') : undefined), '/gone'],
    ['in a circle', (server, path) => at(server, path === '/a' ? '/b' : '/a'), '/b'],
    ['the eleventh', (server, path) => at(server, `${path}b`), '/abbbbbbbbbbb'],
    ['where nobody listens', () => `https://secretU:secretP@127.0.0.1:1/gone${query}`, '/gone'],
    ['of another kind', () => `ftp://secretU:secretP@127.0.0.1:1/gone${query}`, 'ftp: URL'],
  ])('%s', async (_, locate, words) => {
    await using server: TestServer = await startServer({
      fault: (_, { url = '' }) => {
        const redirectTo = locate(server, url.replace(/\?.*/, ''));
        return redirectTo === undefined ? { status: 404 } : { redirectTo };
      },
    });
    const failure = await readAll(openSource(at(server, '/a'), hasty)).catch((error) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain('secret');
  });

  test('from https to http, and of what is no HTTP', async () => {
    const { authority, good } = await makeCertificates();
    await using target = await startServer({ fault: () => ({ raw: 'SSH-2.0-OpenSSH_9.2\r\n' }) });
    await using server = await startServer({
      tls: good,
      fault: () => ({ redirectTo: at(target, '/image') }),
    });
    const options = { ...hasty, extraCaPems: [authority] };
    for (const url of [at(server, '/a'), at(target, '/a')]) {
      const failure = await readAll(openSource(url, options)).catch((error) => error);
      expect(failure.message).toMatch(
        /insecure http:\/\/\*{3}@.*\/image|not send a valid HTTP response/,
      );
      expect(failure.message).not.toContain('secret');
    }
  });
});

test('the zone of an address in a Location is the server’s own, and is left out', async () => {
  const redirected = (location: string, from = 'http://h/a') => {
    const answer = { status: 302, headers: new Map([['location', location]]), url: new URL(from) };
    return nextUrl(answer, [answer.url])?.href;
  };
  for (const zone of ['%25eth9', '%eth9'])
    expect(redirected(`http://[fe80::1${zone}]:8080/x?a=%25`)).toBe(
      'http://[fe80::1]:8080/x?a=%25',
    );
  const secret = `http://secretU:secretP@[fe80::1%25eth9]:1/gone?secret`;
  const insecure = expect.objectContaining({
    message: expect.stringContaining(' http://***@[fe80::1]:1/gone?***. '),
  });
  expect(() => redirected(secret, 'https://h/a')).toThrow(insecure);

  await using server = await startServer({ fault: () => ({ redirectTo: secret }) });
  const once = { ...hasty, retryForMs: 0, connectTimeoutMs: 100 };
  const { message } = await readAll(openSource(`${server.url}/a`, once)).catch((error) => error);
  expect(message).toContain('http://***@[fe80::1]:1/gone?***');
  expect(message).not.toMatch(/secret|eth9/);
});

test('the password goes to its own origin only', async () => {
  await using target = await serve({});
  await using server = await serve({ '/a': '/b', '/b': `${target.url}/image` });
  await readAll(openSource(`${server.url.replace('//', '//user:secret@')}/a`, hasty));
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${btoa('user:secret')}`,
    `Basic ${btoa('user:secret')}`,
  ]);
  expect(target.requests[0]?.headers).not.toHaveProperty('authorization');
});

test.each([
  ['a password', (url: string) => url.replace('//', '//user:secret@'), {}],
  ['a token', (url: string) => url, { headers: { authorization: 'Bearer secret' } }],
])(
  '%s that another origin does not get is told where that one asks for it',
  async (_, at, more) => {
    await using target = await startServer({ fault: () => ({ status: 401 }) });
    await using server = await serve({ '/a': `${target.url}/image` });
    const { message } = await readAll(
      openSource(at(`${server.url}/a`), { ...hasty, ...more }),
    ).catch((error) => error);
    expect(message).toMatch(
      /the server asks for a user name and password \(401 Unauthorized\), redirected to \S+ User name, password and header fields are only sent to/,
    );
    expect(message).not.toContain('secret');
  },
);

test('a step from https to http is refused', async () => {
  const { authority, good } = await makeCertificates();
  await using target = await serve({});
  await using server = await startServer({
    tls: good,
    fault: () => ({ redirectTo: `${target.url}/image` }),
  });
  const source = openSource(`${server.url}/a`, { ...hasty, extraCaPems: [authority] });
  await expect(readAll(source)).rejects.toThrow(failure('redirect-insecure'));
  expect(target.requests).toHaveLength(0);
});

test('what breaks behind a redirect is taken up from the first URL on', async () => {
  await using target = await startServer({
    files: { '/image': { bytes: image, etag: '"1"' } },
    fault: (index) => (index === 0 ? { cutAfterBytes: 5_000 } : undefined),
  });
  await using server = await serve({ '/a': `${target.url}/image` });
  expect(digest(await readAll(openSource(`${server.url}/a`, hasty)))).toBe(digest(image));
  expect(server.requests).toHaveLength(2);
  expect(target.requests[1]?.status).toBe(206);
});
