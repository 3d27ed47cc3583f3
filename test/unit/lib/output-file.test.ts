import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
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
import { createOutput, replaceOutput } from '../../../src/lib/output-file.ts';
import { lacksRoot } from '../../support/needs.ts';

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
  await expect(createOutput(path('there'), pieces())).rejects.toThrow('File exists');
  expect(made).toBe(0);
  expect(readFileSync(path('there'), 'utf8')).toBe('old');
});

test('one that appears meanwhile is not replaced', async () => {
  async function* pieces() {
    yield Buffer.from('new');
    writeFileSync(path('late'), 'of another');
  }
  await expect(createOutput(path('late'), pieces())).rejects.toThrow('File exists');
  expect(readFileSync(path('late'), 'utf8')).toBe('of another');
  expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('nothing is left where the bytes cannot be made', async () => {
  async function* pieces() {
    yield Buffer.alloc(100_000);
    throw new Error('no more');
  }
  await expect(createOutput(path('half'), pieces())).rejects.toThrow('no more');
  expect(readdirSync(directory).filter((name) => name.includes('half'))).toEqual([]);
});

test('with that option one is replaced, by all of the new one, which has its mode', async () => {
  writeFileSync(path('archive'), 'old', { mode: 0o644 });
  await replaceOutput(path('archive'), [Buffer.from('a'), Buffer.from('b')]);
  expect(readFileSync(path('archive'), 'utf8')).toBe('ab');
  expect(statSync(path('archive')).mode & 0o777).toBe(0o644);
  await replaceOutput(path('fresh'), [Buffer.from('a')]);
  expect(statSync(path('fresh')).mode & 0o777).toBe(0o600);
});

test('a link to it stays one', async () => {
  writeFileSync(path('behind'), 'old');
  symlinkSync('behind', path('link'));
  await replaceOutput(path('link'), [Buffer.from('new')]);
  expect(lstatSync(path('link')).isSymbolicLink()).toBe(true);
  expect(readFileSync(path('behind'), 'utf8')).toBe('new');
});

test('a link to nothing stays one, too', async () => {
  mkdirSync(path('elsewhere'));
  symlinkSync('elsewhere/second', path('first'));
  symlinkSync('../third', path('elsewhere/second'));
  await replaceOutput(path('first'), [Buffer.from('new')]);
  expect(lstatSync(path('first')).isSymbolicLink()).toBe(true);
  expect(readFileSync(path('third'), 'utf8')).toBe('new');
  symlinkSync('loop', path('loop'));
  await expect(replaceOutput(path('loop'), [])).rejects.toThrow('ELOOP');
});

test.skipIf(lacksRoot())('a file of another user stays that user’s', async () => {
  writeFileSync(path('theirs'), 'old', { mode: 0o600 });
  chownSync(path('theirs'), 4242, 4243);
  await replaceOutput(path('theirs'), [Buffer.from('new')]);
  expect(statSync(path('theirs'))).toMatchObject({ uid: 4242, gid: 4243 });
  expect(statSync(path('theirs')).mode & 0o777).toBe(0o600);
});

test('a new one is for its owner only, and a file that is there keeps its mode', async () => {
  await replaceOutput(path('text'), [Buffer.from('a')]);
  expect(statSync(path('text')).mode & 0o777).toBe(0o600);
  chmodSync(path('text'), 0o644);
  await replaceOutput(path('text'), [Buffer.from('b')], { mode: 0o600 });
  expect(statSync(path('text')).mode & 0o777).toBe(0o644);
});

test.skipIf(lacksRoot())(
  'a link of another user, where others can make some, is not followed',
  async () => {
    const shared = path('shared');
    mkdirSync(shared);
    writeFileSync(path('victim'), 'precious');
    const link = join(shared, 'link');
    symlinkSync(path('victim'), link);
    const refused = `Cannot write ${link}: it is a symbolic link of user 4242, in a directory that others can write to`;
    for (const mode of [0o1777, 0o777, 0o775]) {
      chmodSync(shared, mode);
      lchownSync(link, 4242, 4242);
      await expect(replaceOutput(link, [Buffer.from('new')])).rejects.toThrow(refused);
      expect(readFileSync(path('victim'), 'utf8')).toBe('precious');
      expect(readdirSync(shared)).toEqual(['link']);
    }
    // In a directory of its own user, as a home, and of us.
    for (const [uid, mode, owner] of [
      [4242, 0o1777, 4242],
      [0, 0o1777, 0],
      [0, 0o755, 4242],
    ] as const) {
      chownSync(shared, uid, 0);
      chmodSync(shared, mode);
      lchownSync(link, owner, 0);
      writeFileSync(path('victim'), 'old');
      await replaceOutput(link, [Buffer.from('new')]);
      expect(readFileSync(path('victim'), 'utf8')).toBe('new');
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
    }
  },
);

test('a pipe is written to, and stays one', async () => {
  execFileSync('mkfifo', [path('pipe')]);
  const reading = readFile(path('pipe'), 'utf8');
  await replaceOutput(path('pipe'), [Buffer.from('a'), Buffer.from('b')]);
  expect(await reading).toBe('ab');
  expect(lstatSync(path('pipe')).isFIFO()).toBe(true);
});

test('a device is written to, and stays one', async () => {
  const { ino } = lstatSync('/dev/null');
  symlinkSync('/dev/null', path('device'));
  await replaceOutput(path('device'), [Buffer.from('a')]);
  expect(lstatSync('/dev/null')).toMatchObject({ ino });
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('a name may be as long as the file system allows', async () => {
  for (const name of ['n'.repeat(255), 'ü'.repeat(127), '🖴'.repeat(63)]) {
    await createOutput(path(name), [Buffer.from('a')]);
    expect(readFileSync(path(name), 'utf8')).toBe('a');
  }
});

test('a directory that is not there is named', async () => {
  await expect(createOutput(path('no/file'), [])).rejects.toThrow(
    `Cannot write ${path('no/file')}: ENOENT`,
  );
});
