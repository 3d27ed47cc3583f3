import { chmodSync, chownSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTimeOf } from '../../../src/system/processes.ts';
import { isAbandoned, makeRunDirectory } from '../../../src/system/run-directory.ts';
import { lacksRoot } from '../../support/needs.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'coreos-installer-run-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('makeRunDirectory', () => {
  it('makes a directory for nobody else, named after this process', async () => {
    const path = await makeRunDirectory([join(root, 'own')]);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 'own')).mode & 0o777).toBe(0o700);
    expect(path).toContain(`/own/${process.pid}-${startTimeOf(process.pid)}-`);
  });

  it('takes the second place where the first cannot be written', async () => {
    const path = await makeRunDirectory(['/proc/none', join(root, 'second')]);
    expect(path).toContain('/second/');
  });

  it('does not follow a link, nor use a directory that others can write to', async () => {
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(root, 'link'));
    await expect(makeRunDirectory([join(root, 'link')])).rejects.toThrow(
      '(another user owns it, or may write to it)',
    );
    mkdirSync(join(root, 'open'));
    for (const mode of [0o777, 0o770, 0o702]) {
      chmodSync(join(root, 'open'), mode);
      await expect(makeRunDirectory([join(root, 'open')])).rejects.toThrow(
        '(another user owns it, or may write to it)',
      );
    }
  });

  it.skipIf(lacksRoot())('does not use a directory of another user', async () => {
    mkdirSync(join(root, 'foreign'), { mode: 0o700 });
    chownSync(join(root, 'foreign'), 1, 1);
    await expect(makeRunDirectory([join(root, 'foreign')])).rejects.toThrow(
      '(another user owns it, or may write to it)',
    );
  });
});

describe('isAbandoned', () => {
  it.each([
    ['of a running process', `${process.pid}-${startTimeOf(process.pid)}-abcDEF`],
    ['of another name', 'backup'],
    ['whose name only begins so', '4194400-12-abcdef.old'],
    ['without a name', ''],
  ])('leaves alone a directory %s', (_, name) => {
    expect(isAbandoned(name)).toBe(false);
  });

  it('recognises one whose process has ended, or whose id another process has now', () => {
    for (const name of ['4194400-12-abcdef', `${process.pid}-1-abcdef`]) {
      expect(isAbandoned(name)).toBe(true);
    }
  });
});
