import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSource } from '../../../src/fetch/open-source.ts';
import { failure } from '../../support/failure.ts';
import { partialIo } from '../../support/partial-io.ts';
import { digest, never, noise, readAll } from '../../support/read.ts';

const image = noise(700_000);
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'files-'));
  await writeFile(join(dir, 'image'), image);
});

afterEach(() => rm(dir, { recursive: true }));

test('a file comes as it is, with its size', async () => {
  const source = openSource(join(dir, 'image'));
  expect(source.name).toBe(join(dir, 'image'));
  expect((await source.open(never)).sizeBytes).toBe(image.length);
  expect(digest(await readAll(source))).toBe(digest(image));
  expect(digest(await readAll(source))).toBe(digest(image));
});

test('the end of a file comes, or all of it where it is shorter', async () => {
  const source = openSource(join(dir, 'image'));
  expect(await source.tail(1_000, 700_000, never)).toEqual(image.subarray(-1_000));
  expect(await source.tail(700_001, 700_000, never)).toHaveLength(700_000);
  expect(await source.tail(1_000, 700_001, never)).toBeUndefined();
});

test('a file that is read in parts comes whole, and so does its end', async () => {
  const source = openSource(join(dir, 'image'));
  using parts = partialIo(() => 50_001);
  expect(digest(await readAll(source))).toBe(digest(image));
  const end = (await source.tail(300_000, 700_000, never)) ?? Buffer.alloc(0);
  expect(digest(end)).toBe(digest(image.subarray(-300_000)));
  expect(parts.shortened).toBeGreaterThan(10);
});

test('aborting closes the file, also where a part was taken and nobody goes on', async () => {
  const path = join(dir, 'image');
  const isOpen = () =>
    readdirSync('/proc/self/fd').some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false;
      }
    });
  const stop = new AbortController();
  const { bytes } = await openSource(path).open(stop.signal);
  await bytes[Symbol.asyncIterator]().next();
  expect(isOpen()).toBe(true);
  stop.abort();
  while (isOpen()) await new Promise(setImmediate);
});

test('file:// URLs and symbolic links lead to the file', async () => {
  await symlink('image', join(dir, 'a link with spaces'));
  const url = pathToFileURL(join(dir, 'a link with spaces')).href;
  expect(url).toContain('%20');
  expect(digest(await readAll(openSource(url)))).toBe(digest(image));
});

test('a file:// URL of another host is refused', () => {
  expect(() => openSource('file://server/image')).toThrow(failure('invalid-url'));
});

test('an empty file is empty', async () => {
  await truncate(join(dir, 'image'));
  expect(await readAll(openSource(join(dir, 'image')))).toHaveLength(0);
  expect(await openSource(join(dir, 'image')).tail(10, 0, never)).toHaveLength(0);
});

test('a missing file is told', async () => {
  const opening = openSource(join(dir, 'other')).open(never);
  await expect(opening).rejects.toThrow(failure('file-not-found'));
  await expect(opening).rejects.toThrow(
    `Cannot read ${dir}/other: there is no such file. Check the path.`,
  );
});

test('a directory is told', async () => {
  await mkdir(join(dir, 'sub'));
  await expect(openSource(join(dir, 'sub')).open(never)).rejects.toThrow(
    failure('file-not-regular'),
  );
  await expect(openSource(join(dir, 'image/x')).open(never)).rejects.toThrow(
    failure('file-unreadable'),
  );
});

test('a named pipe is told rather than waited for', async () => {
  await execa('mkfifo', [join(dir, 'pipe')]);
  await expect(openSource(join(dir, 'pipe')).open(never)).rejects.toThrow(
    failure('file-not-regular'),
  );
});

test('a file that shrinks while it is read is told', async () => {
  const { bytes } = await openSource(join(dir, 'image')).open(never);
  const reading = (async () => {
    for await (const _ of bytes) {
      await truncate(join(dir, 'image'), 300_000);
    }
  })();
  await expect(reading).rejects.toThrow(
    'it became shorter while it was read: it ended after 300000 of 700000 bytes',
  );
});

test('a file that is replaced before it is read is told', async () => {
  const { bytes } = await openSource(join(dir, 'image')).open(never);
  await writeFile(join(dir, 'image'), 'something else');
  await expect(bytes[Symbol.asyncIterator]().next()).rejects.toThrow(failure('file-changed'));
});

test('aborting ends the reading', async () => {
  const stop = new AbortController();
  const { bytes } = await openSource(join(dir, 'image')).open(stop.signal);
  stop.abort(new Error('interrupted'));
  await expect(bytes[Symbol.asyncIterator]().next()).rejects.toThrow('interrupted');
  await expect(openSource(join(dir, 'image')).open(stop.signal)).rejects.toThrow('interrupted');
});
