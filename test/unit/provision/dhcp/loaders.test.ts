import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planBoot } from '../../../../src/provision/dhcp/boot-plan.ts';
import {
  copyLoaders,
  findLoaders,
  grubConfig,
  writeGrubConfig,
} from '../../../../src/provision/dhcp/loaders.ts';
import { failure } from '../../../support/failure.ts';
import { lacks } from '../../../support/needs.ts';

const url = 'http://192.0.2.1';
let directory: string;
/** A system with packages. */
let root: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fleet-'));
  root = await mkdtemp(join(tmpdir(), 'system-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
  await rm(root, { recursive: true });
});

async function install(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `from ${path}${path.includes('grub') ? ' by HTTP/1.1' : ''}`);
  }
}
const ipxe = ['usr/lib/ipxe/undionly.kpxe', 'usr/lib/ipxe/snponly.efi'];
const signed = [
  'usr/lib/shim/shimx64.efi.signed',
  'usr/lib/shim/mmx64.efi.signed',
  'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
];
const content = (name: string) => readFile(join(directory, 'assets/tftp', name), 'utf8');

/** By TFTP, to each kind of firmware. */
async function offered(): Promise<Readonly<Record<string, string>>> {
  const { files } = planBoot(url, await findLoaders(directory), '192.0.2.1');
  const byTftp = files.filter(({ isHttp }) => !isHttp);
  return Object.fromEntries(byTftp.map(({ name, file }) => [name, file]));
}

test('iPXE is copied from its package, of Debian or of Fedora', async () => {
  await install(...ipxe);
  expect(await copyLoaders({ directory, url, secureBoot: false }, root)).toEqual([
    'undionly.kpxe',
    'snponly.efi',
  ]);
  expect(await content('snponly.efi')).toBe('from usr/lib/ipxe/snponly.efi');
  expect(await offered()).toEqual({ bios: 'undionly.kpxe', 'uefi-x64': 'snponly.efi' });
  // Debian 13.
  await install('usr/lib/ipxe/ipxe-arm64.efi');
  await copyLoaders({ directory, url, secureBoot: false }, root);
  expect((await offered())['uefi-arm64']).toBe('snponly-arm64.efi');

  await rm(join(root, 'usr'), { recursive: true });
  await install(
    'usr/share/ipxe/undionly.kpxe',
    'usr/share/ipxe/ipxe-snponly-x86_64.efi',
    'usr/share/ipxe/arm64-efi/snponly.efi',
  );
  await copyLoaders({ directory, url, secureBoot: false }, root);
  expect(await content('snponly.efi')).toBe('from usr/share/ipxe/ipxe-snponly-x86_64.efi');
  expect((await offered())['uefi-arm64']).toBe('snponly-arm64.efi');
});

test('with shim and GRUB, every UEFI machine gets shim', async () => {
  await install(...ipxe, ...signed);
  await copyLoaders({ directory, url, secureBoot: true }, root);
  expect(await offered()).toEqual({ bios: 'undionly.kpxe', 'uefi-x64': 'shimx64.efi' });
  expect(await content('grubx64.efi')).toBe(`from ${signed[2]} by HTTP/1.1`);
  expect(await content('grub/grub.cfg')).toContain(`(http,192.0.2.1)/grub?$known`);
  // Of Debian's two, the signed one; Ubuntu has one.
  const plain = 'usr/lib/shim/mmx64.efi';
  await install(plain);
  for (const from of [signed[1] as string, plain]) {
    await copyLoaders({ directory, url, secureBoot: true }, root);
    expect(await content('mmx64.efi')).toBe(`from ${from}`);
    await rm(join(root, from));
  }
  // Without GRUB, shim leads nowhere.
  await rm(join(directory, 'assets/tftp/grubx64.efi'));
  expect((await offered())['uefi-x64']).toBe('snponly.efi');
});

test('a GRUB that cannot ask the server is refused, and another one can be named', async () => {
  await install(...ipxe, ...signed);
  const system = join(root, signed[2] as string);
  await writeFile(system, 'GRUB with TFTP only');
  const asked = { directory, url, secureBoot: true };
  const copying = copyLoaders(asked, root);
  await expect(copying).rejects.toThrow(failure('loader-missing'));
  await expect(copying).rejects.toThrow(/as that of Debian 12\. Get .* by --grub\.$/);
  const grub = join(directory, 'grubnetx64.efi.signed');
  await writeFile(grub, 'GRUB with HTTP/1.1');
  expect(await copyLoaders({ ...asked, grub }, root)).toContain('grubx64.efi');
  expect(await content('grubx64.efi')).toBe('GRUB with HTTP/1.1');
});

test.each([
  [[], false, 'Install the package ipxe (Debian) or ipxe-bootimgs-x86 (Fedora).'],
  [ipxe, true, 'Install the package shim-signed.'],
  [[...ipxe, ...signed.slice(0, 2)], true, 'Install the package grub-efi-amd64-signed.'],
])('a missing loader names its package (%#)', async (there, secureBoot, next) => {
  await install(...there);
  const copying = copyLoaders({ directory, url, secureBoot }, root);
  await expect(copying).rejects.toThrow(failure('loader-missing'));
  await expect(copying).rejects.toThrow(next);
});

test('a fleet without loaders is refused, with the command that copies them', async () => {
  await expect(findLoaders(directory)).rejects.toThrow(
    /has no boot loader\. Run coreos-provision loaders /,
  );
  expect(await readdir(directory)).toEqual([]);
});

test.skipIf(lacks('grub-script-check'))('GRUB understands its config', async () => {
  for (const one of ['http://192.0.2.1', 'http://192.0.2.1:8080/fleet']) {
    const path = join(directory, 'grub.cfg');
    await writeFile(path, grubConfig(one));
    await promisify(execFile)('grub-script-check', [path]);
  }
  expect(grubConfig('http://192.0.2.1:8080/fleet')).toContain('"(http,192.0.2.1:8080)/fleet/grub?');
});

test('a TFTP server with a user of its own can read GRUB’s config, whoever wrote it', async () => {
  await install(...ipxe, ...signed);
  await copyLoaders({ directory, url, secureBoot: true }, root);
  const folder = join(directory, 'assets/tftp/grub');
  const path = join(folder, 'grub.cfg');
  const modes = async () =>
    [await stat(folder), await stat(path)].map(({ mode }) => (mode & 0o777).toString(8));
  await rm(folder, { recursive: true });
  // As systemd starts the service.
  const umask = process.umask(0o077);
  try {
    expect(await writeGrubConfig(directory, url)).toBe(true);
    expect(await modes()).toEqual(['755', '644']);
    // What says the same already may belong to somebody else.
    const { ino } = await stat(path);
    await writeGrubConfig(directory, url);
    expect((await stat(path)).ino).toBe(ino);
    await chmod(path, 0o600);
    await writeGrubConfig(directory, url);
    expect(await modes()).toEqual(['755', '644']);
    await writeGrubConfig(directory, 'http://192.0.2.2');
    expect(await content('grub/grub.cfg')).toContain('(http,192.0.2.2)');
    expect(await modes()).toEqual(['755', '644']);
  } finally {
    process.umask(umask);
  }
});
