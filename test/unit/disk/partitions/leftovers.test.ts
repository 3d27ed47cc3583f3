import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeLeftovers } from '../../../../src/disk/partitions/leftovers.ts';
import { startTimeOf } from '../../../../src/system/processes.ts';
import { lacksRoot } from '../../../support/needs.ts';

const dead = '4194400-12-abcdef';

let root: string;
let parent: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'leftovers-'));
  parent = join(root, 'coreos-installer');
  mkdirSync(parent, { mode: 0o700 });
});
afterEach(() => rmSync(root, { recursive: true }));

/** A directory as a run leaves it that is killed while it checks a signature and has mounted. */
function leave(name: string, at = parent): void {
  const directory = join(at, name);
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, 'image.sig'), 'x');
  writeFileSync(join(directory, 'keyring'), 'x');
  mkdirSync(join(directory, 'boot'));
}

test('the directory of a killed run goes, with its signature and its keyring', () => {
  leave(dead);
  removeLeftovers([parent]);
  expect(readdirSync(parent)).toEqual([]);
});

test('a link in it is removed, and not followed', () => {
  leave(dead);
  mkdirSync(join(root, 'elsewhere'));
  writeFileSync(join(root, 'elsewhere/file'), 'x');
  symlinkSync(join(root, 'elsewhere'), join(parent, dead, 'link'));
  removeLeftovers([parent]);
  expect(readdirSync(parent)).toEqual([]);
  expect(readdirSync(join(root, 'elsewhere'))).toEqual(['file']);
});

test('files below a directory in it stay: another disk may be mounted there', () => {
  leave(dead);
  writeFileSync(join(parent, dead, 'boot/vmlinuz'), 'x');
  removeLeftovers([parent]);
  expect(readdirSync(join(parent, dead), { recursive: true })).toEqual(['boot', 'boot/vmlinuz']);
});

test('that of a running process, and what is called otherwise, stays', () => {
  const names = [`${process.pid}-${startTimeOf(process.pid)}-abcDEF`, 'backup', '1-abcdef'];
  for (const name of names) leave(name);
  removeLeftovers([parent]);
  expect(readdirSync(parent).sort()).toEqual(names.sort());
});

describe.skipIf(lacksRoot())('nothing is touched', () => {
  test.each<[string, () => void]>([
    ['in a parent of another user', () => chownSync(parent, 4242, 0)],
    ['in a parent that others can write to', () => chmodSync(parent, 0o777)],
    ['in a parent that a group can write to', () => chmodSync(parent, 0o770)],
    ['in a directory of another user', () => chownSync(join(parent, dead), 4242, 0)],
  ])('%s', (_, change) => {
    leave(dead);
    change();
    removeLeftovers([parent]);
    expect(readdirSync(join(parent, dead)).sort()).toEqual(['boot', 'image.sig', 'keyring']);
  });

  test('behind a parent that is a link', () => {
    mkdirSync(join(root, 'other'), { mode: 0o700 });
    leave(dead, join(root, 'other'));
    symlinkSync(join(root, 'other'), join(root, 'link'));
    removeLeftovers([join(root, 'link')]);
    expect(readdirSync(join(root, 'other', dead))).toHaveLength(3);
  });
});
