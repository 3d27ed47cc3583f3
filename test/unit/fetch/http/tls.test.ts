import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import { type Certificates, makeCertificates } from '../../../support/certificates.ts';
import { failure } from '../../../support/failure.ts';
import { digest, hasty, noise, readAll } from '../../../support/read.ts';
import { startServer } from '../../../support/servers.ts';

const image = noise(500_000);
let certificates: Certificates;

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(() => vi.unstubAllEnvs());

async function fetchFrom(identity: Exclude<keyof Certificates, 'authority' | 'intermediate'>) {
  await using server = await startServer({
    tls: certificates[identity],
    files: { '/image': { bytes: image, etag: '"1"' } },
    fault: (index) => (index === 0 ? { cutAfterBytes: 200_000 } : undefined),
  });
  const trusting = { ...hasty, extraCaPems: [certificates.authority] };
  return await readAll(openSource(`${server.url}/image`, trusting));
}

test('a file comes by https from a server that the authority vouches for, broken or not', async () => {
  expect(digest(await fetchFrom('good'))).toBe(digest(image));
});

test('an expired certificate is told at once', async () => {
  await expect(fetchFrom('expired')).rejects.toThrow(failure('certificate-expired'));
});

test('for a certificate of the future the clock is suspected, and told; it may be set meanwhile', async () => {
  await expect(fetchFrom('notYetValid')).rejects.toThrow(
    /is not valid yet: this machine's clock says \d{4}-\d\d-\d\d; tried \d+ times in \d+ s\. Check the clock: it says \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/,
  );
});

test('an intermediate CA may be the one that is trusted, alone', async () => {
  const { intermediate, belowIntermediate, authority } = certificates;
  const serveAs = (cert: string) =>
    startServer({ tls: { ...belowIntermediate, cert }, files: { '/image': image } });
  await using alone = await serveAs(belowIntermediate.cert);
  await using chain = await serveAs(belowIntermediate.cert + intermediate);
  const from = ({ url }: { url: string }, extraCaPems: string[]) =>
    readAll(openSource(`${url}/image`, { ...hasty, extraCaPems }));
  for (const server of [alone, chain])
    expect(digest(await from(server, [intermediate]))).toBe(digest(image));
  expect(digest(await from(chain, [authority]))).toBe(digest(image));
  await expect(from(alone, [authority])).rejects.toThrow(failure('certificate-untrusted'));
});

test('a certificate for another name is told at once', async () => {
  await expect(fetchFrom('otherName')).rejects.toThrow(failure('certificate-wrong-name'));
});

test('an address that stands in the common name alone is told as that', async () => {
  await expect(fetchFrom('commonNameOnly')).rejects.toThrow(
    'the certificate names 127.0.0.1 only in its common name (CN), which is not accepted for an address. Use a certificate with subjectAltName=IP:127.0.0.1.',
  );
});

test('an authority that nobody knows is told at once, whatever the environment says', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  await using server = await startServer({ tls: certificates.good, files: { '/image': image } });
  await expect(readAll(openSource(`${server.url}/image`, hasty))).rejects.toThrow(
    failure('certificate-untrusted'),
  );
  expect(server.requests).toHaveLength(0);
});

test('a server that does not speak TLS is told at once', async () => {
  await using server = await startServer({ files: { '/image': image } });
  const url = server.url.replace('http:', 'https:');
  await expect(readAll(openSource(`${url}/image`, hasty))).rejects.toThrow(
    failure('tls-handshake-failed'),
  );
});

test('a handshake that breaks off is tried again', async () => {
  await using broken = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy());
  });
  broken.listen(0, '127.0.0.1');
  await once(broken, 'listening');
  const { port } = broken.address() as { port: number };
  await expect(readAll(openSource(`https://127.0.0.1:${port}/`, hasty))).rejects.toThrow(
    /closed the connection; tried \d+ times/,
  );
});

test('a handshake that never ends is tried again, then given up', async () => {
  await using silent = createServer((socket) => socket.on('error', () => undefined));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const sockets: { destroy(): void }[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  const options = { ...hasty, connectTimeoutMs: 200, retryForMs: 300 };
  await expect(readAll(openSource(`https://127.0.0.1:${port}/`, options))).rejects.toThrow(
    /connecting to \S+ timed out after 0\.2 s; tried \d+ times/,
  );
  expect(sockets.length).toBeGreaterThan(1);
  for (const socket of sockets) {
    socket.destroy();
  }
});
