import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromItsBeginning } from '../../../src/fetch/mounted-label.ts';

let root: string;
const device = (name: string) => join(root, 'dev', name);
const sysBlock = () => join(root, 'class');

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mounted-label-'));
  for (const directory of ['dev', 'class']) mkdirSync(join(root, directory));
  const add = (path: string, start?: string) => {
    const name = path.split('/').at(-1) ?? '';
    mkdirSync(join(root, 'devices', path), { recursive: true });
    if (start !== undefined) writeFileSync(join(root, 'devices', path, 'start'), start);
    symlinkSync(join(root, 'devices', path), join(root, 'class', name));
    writeFileSync(device(name), '');
  };
  add('usb/sdx');
  // A hybrid ISO, and the EFI partition in it.
  add('usb/sdx/sdx1', '0\n');
  add('usb/sdx/sdx2', '140\n');
  symlinkSync(device('sdx1'), device('link'));
});
afterAll(() => rmSync(root, { recursive: true }));

test('a partition that begins where its disk begins stands for the disk', () => {
  expect(fromItsBeginning(device('sdx1'), sysBlock())).toBe('/dev/sdx');
  expect(fromItsBeginning(device('link'), sysBlock())).toBe('/dev/sdx');
});

test('other partitions, whole disks, and what sysfs does not show stay', () => {
  for (const name of ['sdx', 'sdx2', 'missing'])
    expect(fromItsBeginning(device(name), sysBlock())).toBe(device(name));
});
