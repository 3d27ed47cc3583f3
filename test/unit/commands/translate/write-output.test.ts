import {
  lchownSync,
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
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeOutput } from '../../../../src/commands/translate/write-output.ts';
import { lacksRoot } from '../../../support/needs.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'write-output-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string) => join(directory, name);

test('a link is followed, and stays a link', async () => {
  writeFileSync(path('real'), 'old');
  symlinkSync(path('real'), path('link'));
  await writeOutput(path('link'), 'new');
  expect(readFileSync(path('real'), 'utf8')).toBe('new');
  expect(readdirSync(directory).sort()).toEqual(['link', 'real']);
});

test.skipIf(lacksRoot())('a link of another user is not followed', async () => {
  writeFileSync(path('victim'), 'precious');
  symlinkSync(path('victim'), path('link'));
  lchownSync(path('link'), 4242, 4242);
  await expect(writeOutput(path('link'), 'new')).rejects.toThrow(
    `Cannot write ${path('link')}: it is a symbolic link owned by user 4242`,
  );
  expect(readFileSync(path('victim'), 'utf8')).toBe('precious');
});

test('nothing is left beside a file that cannot be written', async () => {
  mkdirSync(path('there'));
  rmSync(path('there'), { recursive: true });
  await expect(writeOutput(path('there/file'), 'new')).rejects.toThrow('ENOENT');
  expect(readdirSync(directory)).toEqual([]);
});
