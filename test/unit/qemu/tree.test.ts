import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDeployable, makeRelease } from '../../qemu/mini-coreos/tree.ts';

let tree: string;

beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), 'tree test '));
  const files = [
    ...['etc/passwd', 'usr/bin/bash', 'usr/lib/modules/6.1/initramfs.img', 'root/.bashrc'],
    ...['var/lib/left', 'home/core/left', 'usr/local/bin/left', 'dev/left', 'opt/left'],
  ];
  for (const file of files) await write(file, 'x');
});
afterEach(async () => await rm(tree, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), text);
}

const read = async (path: string) => await readFile(join(tree, path), 'utf8');

test('what is deployed: the defaults of /etc in /usr, links to /var, nothing in /var', async () => {
  await makeDeployable(tree);

  expect(await read('usr/etc/passwd')).toBe('x');
  expect(await read('usr/bin/bash')).toBe('x');
  for (const name of ['var', 'dev', 'boot', 'sysroot', 'tmp']) {
    expect(await readdir(join(tree, name)), name).toEqual([]);
  }
  expect(await readdir(tree)).not.toContain('etc');
  expect(await readlink(join(tree, 'root'))).toBe('var/roothome');
  expect(await readlink(join(tree, 'ostree'))).toBe('sysroot/ostree');
  expect(await readlink(join(tree, 'usr/local'))).toBe('../var/usrlocal');
  expect((await stat(join(tree, 'tmp'))).mode & 0o7777).toBe(0o1777);
});

test('releases differ in defaults and programs, the second one also in its initramfs', async () => {
  await makeDeployable(tree);
  const initramfs = 'usr/lib/modules/6.1/initramfs.img';

  await makeRelease(tree, '1', '6.1');
  expect(await read(initramfs)).toBe('x');
  await makeRelease(tree, '2', '6.1');
  expect(await read(initramfs)).toMatch(/^x\0{3}070701.*release 2\n/s);
  expect(await readdir(join(tree, 'usr/lib/modules/6.1'))).toEqual(['initramfs.img']);
  expect(await read('usr/etc/mini-coreos/untouched')).toBe('default of release 2\n');
  expect(await read('usr/lib/os-release')).toContain('VERSION="2"');
  const second = await read(initramfs);
  await makeRelease(tree, '3', '6.1');
  expect(await read(initramfs)).toBe(second);
  expect(await readdir(join(tree, 'usr/share'))).toEqual(
    ['1', '2', '3'].map((release) => `mini-coreos-${release}`),
  );
});
