import { spawnSync } from 'node:child_process';
import {
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replaceFile } from '../../../src/lib/replace-file.ts';
import { lacksRoot } from '../../support/needs.ts';

/** What, and what puts it at a path. */
type Planted = [string, (at: string) => void];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'replace-file-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string) => join(directory, name);
/** Of a process that has ended. */
const { pid: deadPid } = spawnSync('true');
const own = (pid: number) => `.coreos-installer.verify.${pid}.0123456789abcdef`;

describe('beside the file', () => {
  test.each(['verify.999998', 'verify.1', `verify.${deadPid}`, 'verify.bak', 'verify'])(
    'what is called %s is nobody else’s to remove',
    async (name) => {
      writeFileSync(path(name), 'somebody else’s');
      await replaceFile(path('other'), '1\n');
      if (name !== 'verify') await replaceFile(path('verify'), '1\n');
      expect(readFileSync(path(name), 'utf8')).toBe('somebody else’s');
    },
  );

  const fileOfAnotherUser: Planted = [
    'a file of another user',
    (at) => {
      writeFileSync(at, 'x');
      chownSync(at, 4242, 4242);
    },
  ];

  test.each<Planted>([
    ['a directory', (at) => mkdirSync(at)],
    ['a link', (at) => symlinkSync(path('victim'), at)],
    ['a hard link', (at) => linkSync(path('victim'), at)],
    ['a fifo', (at) => spawnSync('mkfifo', [at])],
    ['a file of a running process', (at) => writeFileSync(at, 'x')],
    ['a file of another running process', (at) => writeFileSync(at, 'x')],
    ...(lacksRoot() ? [] : [fileOfAnotherUser]),
  ])('%s with a name of ours stays, and stops nothing', async (what, plant) => {
    writeFileSync(path('victim'), 'untouched');
    const running = what.includes('another running') ? process.ppid : process.pid;
    const name = own(what.includes('running') ? running : deadPid);
    plant(path(name));
    const before = lstatSync(path(name));
    await replaceFile(path('verify'), '1\n');
    expect(lstatSync(path(name))).toMatchObject({ ino: before.ino, nlink: before.nlink });
    expect(readFileSync(path('victim'), 'utf8')).toBe('untouched');
    expect(readFileSync(path('verify'), 'utf8')).toBe('1\n');
  });

  test('what a killed process of ours left is removed', async () => {
    writeFileSync(path(own(deadPid)), 'half');
    await replaceFile(path('verify'), '1\n');
    expect(readdirSync(directory)).toEqual(['verify']);
  });

  test('nothing is left when the file cannot be replaced', async () => {
    mkdirSync(path('verify'));
    await expect(replaceFile(path('verify'), '1\n')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(directory)).toEqual(['verify']);
  });
});

test.each([
  [undefined, 0o600],
  [{ mode: 0o666 }, 0o644],
] as const)('with %j the mode is that, limited by the umask', async (options, mode) => {
  const before = process.umask(0o022);
  try {
    await replaceFile(path('file'), 'content', options);
  } finally {
    process.umask(before);
  }
  expect(lstatSync(path('file')).mode & 0o777).toBe(mode);
});
