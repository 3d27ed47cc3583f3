import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeCertificates } from '../../support/certificates.ts';
import { expectFailure } from '../../support/failure.ts';
import { fixture, ignitionConfig } from '../../support/fixture.ts';
import { unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { startProxy } from '../../support/proxy.ts';
import { startServer, startTinyproxy } from '../../support/servers.ts';

test('everything comes through a real proxy, whose password is shown nowhere', async () => {
  await using it = await fixture();
  await using proxy = await startTinyproxy('me', 's3cret');
  const url = proxy.url.replace('//', '//me:s3cret@');
  const result = await runInstaller({ args: [...it.args, '--proxy', url] });
  expect(result.exitCode).toBe(0);
  expect(result.stdout).toMatch(/Proxy: +http:\/\/\*\*\*@127\.0\.0\.1:\d+ \(from --proxy\)/);
  expect(result.stdout + result.stderr).not.toContain('s3cret');
  expect(it.server.requests.length).toBeGreaterThan(2);
  for (const { headers } of it.server.requests) expect(headers.via).toContain('tinyproxy');
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
});

test('the proxy may be a kernel argument or in the environment, and be left out for a host', async () => {
  await using it = await fixture();
  await using proxy = await startProxy();
  // Whom it asks is seen as well by asking in vain, and sooner.
  const args = ['-d', it.disk.path, '-i', 'skip', '-b', `${it.server.url}/missing`];
  const asked = async (run: Parameters<typeof runInstaller>[0]) => {
    const before = proxy.requests.length;
    expectFailure(await runInstaller({ args, ...run }), 'image-not-found');
    return proxy.requests.length > before;
  };
  const fromEnvironment = ['env', `http_proxy=${proxy.url.origin}`];
  expect(await asked({ cmdline: `coreos.inst.proxy=${proxy.url.origin}` })).toBe(true);
  expect(await asked({ wrapper: fromEnvironment })).toBe(true);
  expect(
    await asked({ wrapper: fromEnvironment, cmdline: 'coreos.inst.noproxy=127.0.0.0/8' }),
  ).toBe(false);
});

test('a private mirror: own authority, client certificate, token, through a tunnel', async () => {
  const { authority, good } = await makeCertificates();
  await using it = await fixture();
  await using proxy = await startProxy();
  await using mirror = await startServer({
    tls: { ...good, ca: authority },
    files: { '/image': await readFile(it.servedPath), '/c.ign': Buffer.from(ignitionConfig) },
    fault: (_, { headers }) => (headers['x-token'] === 't0ken' ? undefined : { status: 403 }),
  });
  const result = await runInstaller({
    args: [
      ...['-d', it.disk.path, '-i', `${mirror.url}/c.ign`, '-b', `${mirror.url}/image`],
      ...['--proxy', proxy.url.origin, '--ca-file', '/tmp/ca.pem'],
      ...['--cert', '/tmp/client.pem', '--header-file', '/tmp/token'],
    ],
    tmpFiles: {
      'ca.pem': authority,
      'client.pem': good.cert + good.key,
      token: 'X-Token: t0ken\n',
    },
  });
  expect(result.stderr).toContain('Every user can read /tmp/token. It holds secrets.');
  expect(result.stdout + result.stderr).not.toContain('t0ken');
  expect(result.exitCode).toBe(0);
  expect(result.tmpFiles['header_file']).toBe('/tmp/token\n');
  expect(new Set(proxy.requests.map(({ method }) => method))).toEqual(new Set(['CONNECT']));
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
});
