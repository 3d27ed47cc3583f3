import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNewFile } from '../../../src/media/write-output-file.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'write-output-file-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const path = (name: string) => join(directory, name);

test('a file that is there is refused before anything is made', async () => {
  writeFileSync(path('there'), 'old');
  let made = 0;
  async function* pieces() {
    made += 1;
    yield Buffer.from('new');
  }
  await expect(writeNewFile(path('there'), pieces())).rejects.toThrow('File exists');
  expect(made).toBe(0);
  expect(readFileSync(path('there'), 'utf8')).toBe('old');
});

test('one that appears meanwhile is not replaced', async () => {
  async function* pieces() {
    yield Buffer.from('new');
    writeFileSync(path('late'), 'of another');
  }
  await expect(writeNewFile(path('late'), pieces())).rejects.toThrow('File exists');
  expect(readFileSync(path('late'), 'utf8')).toBe('of another');
  expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('nothing is left where the bytes cannot be made', async () => {
  async function* pieces() {
    yield Buffer.alloc(100_000);
    throw new Error('no more');
  }
  await expect(writeNewFile(path('half'), pieces())).rejects.toThrow('no more');
  expect(readdirSync(directory).filter((name) => name.includes('half'))).toEqual([]);
});

test('with that option one is replaced, by all of the new one, which has its mode', async () => {
  writeFileSync(path('archive'), 'old', { mode: 0o644 });
  await writeNewFile(path('archive'), [Buffer.from('a'), Buffer.from('b')], { replaces: true });
  expect(readFileSync(path('archive'), 'utf8')).toBe('ab');
  expect(statSync(path('archive')).mode & 0o777).toBe(0o644);
  await writeNewFile(path('fresh'), [Buffer.from('a')], { replaces: true });
  expect(statSync(path('fresh')).mode & 0o777).toBe(0o600);
});

test('a link to it stays one', async () => {
  writeFileSync(path('behind'), 'old');
  symlinkSync('behind', path('link'));
  await writeNewFile(path('link'), [Buffer.from('new')], { replaces: true });
  expect(lstatSync(path('link')).isSymbolicLink()).toBe(true);
  expect(readFileSync(path('behind'), 'utf8')).toBe('new');
});

test('a pipe is written to, and stays one', async () => {
  execFileSync('mkfifo', [path('pipe')]);
  const reading = readFile(path('pipe'), 'utf8');
  await writeNewFile(path('pipe'), [Buffer.from('a'), Buffer.from('b')], { replaces: true });
  expect(await reading).toBe('ab');
  expect(lstatSync(path('pipe')).isFIFO()).toBe(true);
});

test('a device is written to, and stays one', async () => {
  const { ino } = lstatSync('/dev/null');
  symlinkSync('/dev/null', path('device'));
  await writeNewFile(path('device'), [Buffer.from('a')], { replaces: true });
  expect(lstatSync('/dev/null')).toMatchObject({ ino });
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('a name may be as long as the file system allows', async () => {
  for (const name of ['n'.repeat(255), 'ü'.repeat(127), '🖴'.repeat(63)]) {
    await writeNewFile(path(name), [Buffer.from('a')]);
    expect(readFileSync(path(name), 'utf8')).toBe('a');
  }
});

test('a directory that is not there is named', async () => {
  await expect(writeNewFile(path('no/file'), [])).rejects.toThrow(
    `Cannot write ${path('no/file')}: ENOENT`,
  );
});
