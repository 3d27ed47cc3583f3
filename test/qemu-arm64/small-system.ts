import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { openSuite } from '../../scripts/lib/debian.ts';
import { gptPieces, type Partition, sectorBytes } from '../qemu/mini-coreos/gpt.ts';
import { underBuildLock } from '../qemu/support/build-lock.ts';

/** The least that boots, with Secure Boot, and lets the real Ignition configure a root file system. */
export interface SmallSystem {
  raw: string;
  rawXz: string;
}

const mib = 1024 * 1024;
const here = import.meta.dirname;

/** Where Fedora CoreOS had them in 2019. */
const partitions: readonly Partition[] = [
  { name: 'boot', type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', from: 1, to: 97 },
  { name: 'EFI-SYSTEM', type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', from: 97, to: 109 },
  { name: 'root', type: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', from: 109, to: 125 },
].map(({ name, type, from, to }) => ({
  ...{ name, type, offsetBytes: from * mib, lengthBytes: (to - from) * mib },
}));
const sizeBytes = 126 * mib;

/** Builds it for arm64 below `directory`, of Debian's packages, and of the kernel that the medium has. */
export async function buildSmallSystem(directory: string): Promise<SmallSystem> {
  const work = mkdtempSync(join(directory, 'small-system-'));
  const packages = join(work, 'packages');
  const suite = await openSuite('trixie');
  for (const name of [
    ...['busybox-static', 'ignition', 'libblkid1', 'libc6', 'shim-signed', 'grub-efi-arm64-signed'],
  ])
    await suite.extract(`${name}:arm64`, packages);
  const file = (name: string): string => join(work, `${name}.img`);
  await makeBoot(packages, join(work, 'boot'), file('boot'));
  await makeEfiSystem(packages, file('EFI-SYSTEM'));
  await ext4('root', join(work, 'empty'), file('root'));

  const raw = join(work, 'small-system.raw');
  const image = await open(raw, 'wx');
  try {
    await image.truncate(sizeBytes);
    for (const { bytes, offsetBytes } of gptPieces(sizeBytes, [...partitions], sectorBytes))
      await image.write(bytes, 0, bytes.length, offsetBytes);
    for (const { name, offsetBytes } of partitions) {
      const bytes = readFileSync(file(name));
      await image.write(bytes, 0, bytes.length, offsetBytes);
    }
  } finally {
    await image.close();
  }
  await execa('xz', ['-0', '--threads=2', '--block-size=16MiB', '--keep', raw]);
  return { raw, rawXz: `${raw}.xz` };
}

/** The kernel, an initramfs that is the whole system, and what GRUB reads. */
async function makeBoot(packages: string, tree: string, image: string): Promise<void> {
  const env = { KERNEL: '', KERNEL_PACKAGE: '', MODULES: '', ARCH: 'arm64' };
  const { stdout: kernel } = await execa(...underBuildLock('media/obtain-kernel.sh'), { env });
  mkdirSync(tree);
  copyFileSync(join(kernel, 'vmlinuz'), join(tree, 'vmlinuz'));
  copyFileSync(join(here, 'small-system.cfg'), join(tree, 'grub.cfg'));

  const system = `${tree}-system`;
  const add = (source: string, target: string): void => {
    mkdirSync(dirname(join(system, target)), { recursive: true });
    copyFileSync(source, join(system, target));
  };
  add(join(here, 'small-system-init.sh'), 'init');
  add(join(packages, 'usr/bin/busybox'), 'bin/busybox');
  add(join(packages, 'usr/lib/dracut/modules.d/30ignition/ignition'), 'bin/ignition');
  const libraries = 'lib/aarch64-linux-gnu';
  for (const name of ['libc.so.6', 'libblkid.so.1', 'ld-linux-aarch64.so.1'])
    add(join(packages, 'usr', libraries, name), join(libraries, name));
  add(join(packages, 'usr', libraries, 'ld-linux-aarch64.so.1'), 'lib/ld-linux-aarch64.so.1');
  for (const name of ['proc', 'sys', 'dev', 'run', 'tmp', 'boot', 'sysroot', 'modules'])
    mkdirSync(join(system, name));
  for (const [index, module] of (await modulesFor(kernel)).entries()) {
    const name = `${String(index).padStart(2, '0')}-${basename(module).replace(/\.zst$/, '')}`;
    const target = join(system, 'modules', name);
    if (module.endsWith('.zst')) await execa('zstd', ['-dqo', target, module]);
    else if (module.endsWith('.xz')) writeFileSync(target, await unxz(module));
    else copyFileSync(module, target);
  }
  const archive = ['cpio', '--create', '--format=newc', '--owner=0:0', '--quiet'];
  const packed = join(tree, 'initramfs.img');
  const find = `find . | ${archive.join(' ')} | gzip -1 > "$1"`;
  await execa('sh', ['-c', find, 'sh', packed], { cwd: system });
  await ext4('boot', tree, image);
}

/** The files of what the kernel needs for a virtio disk with ext4, in the order in which it needs them. */
async function modulesFor(kernel: string): Promise<string[]> {
  const version = readFileSync(join(kernel, 'version'), 'utf8').trim();
  const found = new Set<string>();
  for (const name of ['virtio_pci', 'virtio_blk', 'crc32c_generic', 'ext4']) {
    const show = ['-d', kernel, '-S', version, '--show-depends', name];
    const { stdout } = await execa('modprobe', show);
    for (const [, path = ''] of stdout.matchAll(/^insmod (.*?) *$/gm)) found.add(path);
  }
  return [...found];
}

async function unxz(file: string): Promise<Uint8Array> {
  const { stdout } = await execa('xz', ['--decompress', '--stdout', file], { encoding: 'buffer' });
  return stdout;
}

/** Debian's shim and GRUB, which looks for its config in EFI/debian. */
async function makeEfiSystem(packages: string, image: string): Promise<void> {
  const size = partitions.find(({ name }) => name === 'EFI-SYSTEM')?.lengthBytes ?? 0;
  await execa('mkfs.vfat', ['-C', '-n', 'EFI-SYSTEM', image, String(size / 1024)]);
  await execa('mmd', ['-i', image, '::EFI', '::EFI/BOOT', '::EFI/debian']);
  const config = `${image}.cfg`;
  writeFileSync(config, 'search --set=root --label boot\nconfigfile ($root)/grub.cfg\n');
  for (const [source, target] of [
    [join(packages, 'usr/lib/shim/shimaa64.efi.signed'), 'BOOT/BOOTAA64.EFI'],
    [join(packages, 'usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed'), 'BOOT/grubaa64.efi'],
    [config, 'debian/grub.cfg'],
  ] as const)
    await execa('mcopy', ['-i', image, source, `::EFI/${target}`]);
}

/** A file system as large as its partition, with the same label. */
async function ext4(name: string, tree: string, image: string): Promise<void> {
  const size = partitions.find((partition) => partition.name === name)?.lengthBytes ?? 0;
  mkdirSync(tree, { recursive: true });
  const options = ['-q', '-F', '-b', '4096', '-m', '0', '-L', name, '-E', 'root_owner=0:0'];
  await execa('mkfs.ext4', [...options, '-d', tree, image, `${size / 1024}k`]);
}
