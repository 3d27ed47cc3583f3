import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSource } from '../../../src/fetch/open-source.ts';
import { ReadAhead } from '../../../src/fetch/read-ahead.ts';
import type { ByteSource, OpenSource, SourceOptions, Waiting } from '../../../src/fetch/source.ts';
import type { TestServer } from '../../support/fault-server.ts';
import { startSerialPythonServer } from '../../support/real-servers.ts';
import { startServer } from '../../support/servers.ts';
import { mixture } from '../decode/xz/helpers.ts';

const mib = 1024 * 1024;
const bytes = mixture(12 * mib);
const never = new AbortController().signal;

const readAhead = ({ url }: TestServer, signal = never, options: SourceOptions = {}) =>
  new ReadAhead((more) => openSource(`${url}/image`, more), options, signal);

/** Up to so many bytes of a new opening, which is then closed. */
async function read(source: ByteSource, mostBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const open = await source.open(never);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of open.bytes) {
    chunks.push(Uint8Array.from(chunk));
    length += chunk.length;
    if (length >= mostBytes) break;
  }
  return Buffer.concat(chunks);
}

describe('a source that is read ahead', () => {
  it('is requested once, however often its beginning is looked at', async () => {
    await using server = await startServer({ files: { '/image': bytes } });
    const source = readAhead(server);
    for (const length of [100, 2 * mib, 70_000]) {
      const found = await read(source, length);
      expect(found.equals(bytes.subarray(0, found.length))).toBe(true);
      expect(found.length).toBeGreaterThanOrEqual(length);
    }
    expect((await read(source)).equals(bytes)).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('is requested again after somebody has read beyond the beginning', async () => {
    await using server = await startServer({ files: { '/image': bytes } });
    const source = readAhead(server);
    await read(source, 10 * mib);
    expect((await read(source)).equals(bytes)).toBe(true);
    expect(server.requests).toHaveLength(2);
  });

  it('can be read again when it is all beginning', async () => {
    const small = bytes.subarray(0, mib);
    await using server = await startServer({ files: { '/image': small } });
    const source = readAhead(server);
    for (let round = 0; round < 3; round += 1) {
      expect((await read(source)).equals(small)).toBe(true);
      expect((await source.open(never)).sizeBytes).toBe(mib);
    }
    expect(server.requests).toHaveLength(1);
  });

  it('connects before it is opened, and says what fails only then', async () => {
    await using server = await startServer({ files: {} });
    const source = readAhead(server);
    while (server.requests.length === 0) await new Promise(setImmediate);
    await expect(source.open(never)).rejects.toThrow(/404/);
  });

  it('tells what it waits for from the first opening on, also when it was connected before', async () => {
    let wait: (reason: string) => void = () => undefined;
    const connected = Promise.withResolvers<OpenSource>();
    const told: string[] = [];
    const onWait = ({ reason }: Waiting) => void told.push(reason);
    const source = new ReadAhead(
      (options) => {
        const code = 'network-no-route';
        wait = (reason) =>
          options.onWait?.({ name: 'image', code, reason, sinceMs: 0, nextTryMs: 0 });
        return { name: 'image', open: () => connected.promise, tail: async () => undefined };
      },
      { onWait },
      never,
    );
    wait('no route');
    wait('refused');
    expect(told).toEqual([]);
    const opening = source.open(never);
    wait('busy');
    expect(told).toEqual(['refused', 'busy']);
    async function* chunks() {
      yield bytes;
    }
    connected.resolve({ sizeBytes: undefined, bytes: chunks(), sha256: async () => '' });
    await opening;
    wait('it ended');
    await source.open(never);
    expect(told).toEqual(['refused', 'busy', 'it ended']);
  });

  it('keeps to itself what it waited for before it was connected and opened', async () => {
    const told: Waiting[] = [];
    let asked = 0;
    await using server = await startServer({
      files: { '/image': bytes },
      fault: () => (++asked === 1 ? { status: 503 } : undefined),
    });
    const source = readAhead(server, never, { backoff: () => 1, onWait: (one) => told.push(one) });
    while (asked < 2) await new Promise(setImmediate);
    // Whatever is in flight on loopback is there after another request.
    await read(openSource(`${server.url}/image`));
    await read(source, 10);
    expect(told).toEqual([]);
  });

  it('holds few pieces where each is tiny', async () => {
    let delivered = 0;
    let turns = 0;
    const one = Uint8Array.of(1);
    async function* chunks() {
      for (; turns < 300; delivered += 1) {
        if (delivered % 1000 === 0) await new Promise(setImmediate);
        yield one;
      }
    }
    const open = async () => ({ sizeBytes: undefined, bytes: chunks(), sha256: async () => '' });
    const source = new ReadAhead(
      () => ({ name: 'image', open, tail: async () => undefined }),
      {},
      never,
    );
    for (; turns < 300; turns += 1) await new Promise(setImmediate);
    expect(delivered).toBeGreaterThan(10_000);
    expect(delivered).toBeLessThan(50_000);
    await read(source, 10);
  });

  it('says what fails within the beginning, after what came before', async () => {
    const broken: ByteSource = {
      name: 'image',
      async open() {
        async function* chunks() {
          yield bytes.subarray(0, 1000);
          throw new Error('the cable was pulled');
        }
        return { sizeBytes: undefined, bytes: chunks(), sha256: async () => '' };
      },
      tail: async () => undefined,
    };
    const open = await new ReadAhead(() => broken, {}, never).open(never);
    const found: number[] = [];
    const all = async () => {
      for await (const chunk of open.bytes) found.push(chunk.length);
    };
    await expect(all()).rejects.toThrow('the cable was pulled');
    expect(found).toEqual([1000]);
  });

  it.each([
    ['begins again', true],
    ['is refused at once', false],
  ])('where it has failed while nobody read it, it %s', async (_, mayBegin) => {
    let begun = 0;
    let refuses = false;
    const pulled = Promise.withResolvers<void>();
    const source: ByteSource = {
      name: 'image',
      async open() {
        if (refuses) throw new Error('403');
        begun += 1;
        const isFirst = begun === 1;
        async function* chunks() {
          yield bytes.subarray(0, 1000);
          if (isFirst) {
            await pulled.promise;
            throw new Error('the cable was pulled');
          }
          yield bytes.subarray(1000);
        }
        return { sizeBytes: undefined, bytes: chunks(), sha256: async () => '' };
      },
      tail: async () => undefined,
    };
    const ahead = new ReadAhead(() => source, {}, never);
    expect((await read(ahead, 1000)).length).toBe(1000);
    await ahead.requireAlive(never);
    expect(begun).toBe(1);
    pulled.resolve();
    for (let turns = 0; turns < 3; turns += 1) await new Promise(setImmediate);
    if (mayBegin) {
      expect((await read(ahead)).length).toBe(bytes.length);
      return;
    }
    refuses = true;
    await expect(ahead.requireAlive(never)).rejects.toThrow('403');
  });

  it('makes way on a server that serves one connection at a time', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'read-ahead-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    // More than the buffers between server and client hold.
    await writeFile(join(directory, 'image'), Buffer.alloc(64 * mib));
    await writeFile(join(directory, 'config'), 'a config');
    await using server = await startSerialPythonServer(directory);
    const source = readAhead(server);
    await read(source, 1000);
    const config = await source.withConnectionFree(() => read(openSource(`${server.url}/config`)));
    expect(config.toString()).toBe('a config');
    expect((await read(source)).length).toBe(64 * mib);
  });

  it('is closed by its signal, also when nobody has opened it', async () => {
    const end = new AbortController();
    await using server = await startServer({ files: { '/image': bytes } });
    const source = readAhead(server, end.signal);
    await source.open(never);
    end.abort(new Error('enough'));
    await expect(read(source)).rejects.toThrow('enough');
  });
});
