import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownArchitecture } from '../../src/streams/choose-artifact.ts';
import { limitedTmpfs } from '../support/limited-tmpfs.ts';
import { builder, type Publisher } from '../support/openpgp.ts';
import { blockWith, readPage } from '../support/pages.ts';
import { digest, noise } from '../support/read.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { isRoot, program } from './program.ts';

const image = noise(3_000_001);
const page = readPage('streams.md');
let directory: string;
let them: Publisher;
let server: TestServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coreos-installer-streams-'));
  them = await builder(join(directory, 'keyring'));
  const files: Record<string, Uint8Array> = {
    '/image.raw.xz': image,
    '/image.raw.xz.sig': await them.sign(image, 'builder'),
  };
  server = await startServer({ files });
  const disk = {
    location: `${server.url}/image.raw.xz`,
    signature: `${server.url}/image.raw.xz.sig`,
    sha256: digest(image),
  };
  const formats = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { disk }]));
  const metal = (...names: string[]) => ({ artifacts: { metal: { formats: formats(...names) } } });
  files['/streams/stable.json'] = Buffer.from(
    JSON.stringify({
      stream: 'stable',
      architectures: {
        x86_64: metal('raw.xz', '4k.raw.xz', 'pxe'),
        aarch64: metal('raw.xz'),
      },
    }),
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await them[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** A command of the page, with our server in place of Fedora's. */
async function typed(command: string, ...more: string[]) {
  const [, ...args] = blockWith(page, 'sh', command).trim().split(/\s+/);
  const all = [...args.map((word) => word.replace('/srv/http', directory)), ...more];
  const streams = ['--stream-base-url', `${server.url}/streams`];
  return await execa(program, [...all, ...streams], { reject: false });
}

test('the list is the one on the page, by one request', async () => {
  const before = server.requests.length;
  const { stdout, stderr, exitCode } = await typed('list-stream');
  expect(stdout).toBe(blockWith(page, 'text', 'Architecture').trimEnd());
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(server.requests.length - before).toBe(1);
});

test('the image is saved with its signature, and the paths are printed', async () => {
  const keyring = ['--keyring', join(directory, 'keyring')];
  const { stdout, exitCode, stderr } = await typed('download', ...keyring);
  expect(stderr).toContain('(100%)');
  expect(exitCode).toBe(0);
  const path = join(directory, 'image.raw.xz');
  expect(stdout.split('\n')).toEqual([path, `${path}.sig`]);
  expect(digest(await readFile(path))).toBe(digest(image));
  const again = await typed('download', ...keyring);
  expect(again.stderr).toContain('already exists and is verified');
  expect(again.stdout).toBe(stdout);
});

test('by keys of somebody else nothing is saved', async () => {
  const elsewhere = await mkdtemp(join(directory, 'to-'));
  const { exitCode, stderr } = await typed('download', '-C', elsewhere);
  expect(stderr).toContain('[signing-key-unknown]');
  expect(exitCode).toBe(4);
  expect(await readdir(elsewhere)).toEqual([]);
});

test('what the stream does not have is told with what it has', async () => {
  const { exitCode, stderr } = await typed('download', '--format', 'qcow2.xz');
  expect(stderr).toContain(`${ownArchitecture()}; there are: `);
  expect(exitCode).toBe(4);
});

test('a signal ends it, and a second run goes on', async () => {
  const elsewhere = await mkdtemp(join(directory, 'to-'));
  const url = '/slow.raw.xz';
  let stalls = true;
  await using slow = await startServer({
    files: {
      [url]: { bytes: image, etag: '"1"' },
      [`${url}.sig`]: await them.sign(image, 'builder'),
    },
    fault: (_, request) =>
      request.url === url && stalls ? { stallAfterBytes: 2_000_000 } : undefined,
  });
  const args = ['download', '-u', `${slow.url}${url}`, '-C', elsewhere];
  const keyring = ['--keyring', join(directory, 'keyring')];
  const first = execa(program, [...args, ...keyring], { reject: false });
  const partial = join(elsewhere, '.slow.raw.xz.partial.json');
  for await (const text of first.stderr) {
    if (existsSync(partial) && /\((6\d)%\)/.test(String(text))) break;
  }
  first.kill('SIGINT');
  expect((await first).exitCode).toBe(130);
  stalls = false;
  const second = await execa(program, [...args, ...keyring], { reject: false });
  expect(second.exitCode).toBe(0);
  expect(slow.requests.at(-1)?.headers.range).toMatch(/^bytes=\d{6,}-$/);
  expect(digest(await readFile(join(elsewhere, 'slow.raw.xz')))).toBe(digest(image));
});

test.runIf(isRoot)('a failure ends it at once, also while the server goes on', async () => {
  await using tmpfs = await limitedTmpfs(1_000_000);
  await using slow = await startServer({
    files: { '/image': image, '/image.sig': await them.sign(image, 'builder') },
    fault: (_, { url }) => (url === '/image' ? { stallAfterBytes: 100 } : undefined),
  });
  const keyring = ['--keyring', join(directory, 'keyring')];
  const args = ['download', '-u', `${slow.url}/image`, '-C', tmpfs.path, ...keyring];
  const { exitCode, stderr, timedOut } = await execa(program, args, {
    reject: false,
    timeout: 20_000,
  });
  expect({ exitCode, timedOut }, stderr).toEqual({ exitCode: 5, timedOut: false });
  expect(stderr).toContain('[output-no-space]');
});

test.each([
  ['list-stream', '--stream', '../x'],
  ['download', '--image-url', 'https://127.0.0.1/x', '--format', 'raw.xz'],
  ['download', '--fetch-retries', 'often'],
  ['download', 'image'],
])('%s %s %s: exit code 2', async (...args) => {
  const { exitCode, stdout } = await execa(program, args, { reject: false });
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
});
