import { execFileSync } from 'node:child_process';
import {
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InstallerError } from '../../../src/lib/errors.ts';
import { readParameterFiles, writeParameterFile } from '../../../src/parameters/parameter-files.ts';
import { openLogFile } from '../../../src/ui/log/log-file.ts';
import { lacksRoot } from '../../support/needs.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'own-file-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = () => join(directory, 'selected_dev');
const other = () => join(directory, 'other');

/** What somebody else may have put in the place of a file, and a word of what is told. */
const things: [string, string, () => unknown][] = [
  ['a link to nothing', 'link', () => symlinkSync(other(), path())],
  ['a link to itself', 'link', () => symlinkSync(path(), path())],
  ['a directory', 'directory', () => mkdirSync(path())],
  ['a fifo', 'regular', () => execFileSync('mkfifo', [path()])],
  [
    'another name of a file',
    'hard link',
    () => {
      writeFileSync(other(), 'vda\n');
      linkSync(other(), path());
    },
  ],
];

const byRoot: typeof things = [
  [
    'a file of somebody else',
    '4242',
    () => {
      writeFileSync(path(), 'vda\n');
      chownSync(path(), 4242, 0);
    },
  ],
];

async function refusal(use: () => Promise<unknown>) {
  const error = await use().then(
    () => expect.unreachable(),
    (reason: unknown) => reason,
  );
  if (!(error instanceof InstallerError)) throw error;
  return error.failure;
}

test.each([...things, ...(lacksRoot() ? [] : byRoot)])(
  '%s is used neither as a parameter file nor as a log, for the same reason',
  async (_, word, make) => {
    make();
    const before = readdirSync(directory);
    // One after the other: a fifo that is open for reading can be written to.
    const read = await refusal(() => readParameterFiles(directory));
    const write = await refusal(() => writeParameterFile('device', 'vdb', directory));
    const log = await refusal(async () => openLogFile(path(), expect.unreachable));
    expect([read.code, write.code, log.code]).toEqual([
      'parameter-file-untrusted',
      'parameter-file-untrusted',
      'log-file-unusable',
    ]);
    expect(read.why).toContain(word);
    expect([write.why, log.why]).toEqual([read.why, read.why]);
    expect(readdirSync(directory)).toEqual(before);
  },
);
