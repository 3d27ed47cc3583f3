import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSmallFile, UnusableFileError } from '../../../src/lib/small-file.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'small-file-'));
  path = join(directory, 'file');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a file of exactly the limit is read whole, one byte more is refused', async () => {
  const bytes = Buffer.alloc(4096, 'ab');
  writeFileSync(path, bytes);
  expect(await readSmallFile(path, 4096)).toEqual(bytes);
  await expect(readSmallFile(path, 4095)).rejects.toThrow(UnusableFileError);
  writeFileSync(path, Buffer.alloc(1024 * 1024 + 1));
  await expect(readSmallFile(path, 1024 * 1024)).rejects.toThrow('it is larger than 1 MiB');
});

test('an empty file is empty', async () => {
  writeFileSync(path, '');
  expect(await readSmallFile(path, 10)).toHaveLength(0);
});

test('a file whose size is not known before is read to its end', async () => {
  expect((await readSmallFile('/proc/self/status', 65536)).toString()).toContain('Pid:');
});

test.each([
  ['a directory', ['mkdir']],
  ['a fifo without a writer', ['mkfifo']],
] as const)('%s is refused at once', async (_, [command]) => {
  spawnSync(command, [path]);
  await expect(readSmallFile(path, 10)).rejects.toThrow('it is not a regular file');
});

test('a link is followed only where that is allowed', async () => {
  writeFileSync(path, 'content');
  const link = join(directory, 'link');
  symlinkSync(path, link);
  await expect(readSmallFile(link, 10)).rejects.toMatchObject({ code: 'ELOOP' });
  expect((await readSmallFile(link, 10, { followLinks: true })).toString()).toBe('content');
});

test('a file that its caller refuses is not read', async () => {
  writeFileSync(path, 'content');
  const judge = ({ size }: { readonly size: number }) => {
    throw new Error(`no file of ${size} bytes`);
  };
  await expect(readSmallFile(path, 10, { judge })).rejects.toThrow('no file of 7 bytes');
});

test('a small file takes little memory, whatever the limit', async () => {
  writeFileSync(path, 'small');
  expect((await readSmallFile(path, 16 * 1024 * 1024)).buffer.byteLength).toBeLessThan(100_000);
});
