import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { gptPieces, type Partition } from './gpt.ts';
import { biosGrubPieces } from './grub.ts';
import type { Layout } from './layouts.ts';

/** What an image is put together from. */
export interface Parts {
  bootTree: string;
  /** The repository, and the commit in it to deploy. */
  repository: string;
  commit: string;
  /** GRUB's config that finds the boot file system. */
  coreConfig: string;
  /** GRUB for a BIOS, with that config inside. */
  biosCore: string;
}

/** The kernel's arguments on the first boot and later. GRUB replaces the variable. */
const kernelArguments = [
  ...['$ignition_firstboot', 'root=LABEL=root', 'rw', 'console=tty0', 'console=ttyS0,115200n8'],
  ...['quiet', 'loglevel=3', 'mitigations=off', 'audit=0', 'net.ifnames=0'],
  ...['systemd.show_status=0', 'ignition.platform.id=metal'],
];

/** Puts a disk image together in a new, sparse file, for disks of one sector size. */
export async function assemble(
  parts: Parts,
  layout: Layout,
  sectorSize: number,
  output: string,
): Promise<void> {
  const work = await mkdtemp(`${output}-parts-`);
  const at = (name: string): Partition => {
    const found = layout.partitions.find((partition) => partition.name === name);
    if (found === undefined) throw new Error(`no partition ${name}`);
    return found;
  };
  const file = (name: string): string => join(work, `${name}.img`);
  try {
    await ext4(layout.bootFeatures, at('boot').lengthBytes, file('boot'));
    await xfs(at('root').lengthBytes, sectorSize, file('root'));
    await deploy(parts, layout.readOnlySysroot, file('root'), file('boot'), join(work, 'mount'));
    await efiSystem(parts.coreConfig, at('EFI-SYSTEM').lengthBytes, sectorSize, file('EFI-SYSTEM'));
    const image = await open(output, 'wx');
    try {
      await image.truncate(layout.sizeBytes);
      for (const name of ['boot', 'root', 'EFI-SYSTEM']) {
        await place(image, file(name), at(name).offsetBytes);
      }
      const pieces = gptPieces(layout.sizeBytes, layout.partitions, sectorSize);
      if (sectorSize === 512) {
        const bootCode = await readFile('/usr/lib/grub/i386-pc/boot.img');
        pieces.push(...biosGrubPieces(bootCode, await readFile(parts.biosCore), at('BIOS-BOOT')));
      }
      for (const { bytes, offsetBytes } of pieces) {
        await image.write(bytes, 0, bytes.length, offsetBytes);
      }
    } finally {
      await image.close();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Copies what a file contains into an image, and leaves out what is only zeros. */
async function place(image: FileHandle, file: string, offsetBytes: number): Promise<void> {
  const source = await open(file);
  try {
    const piece = Buffer.alloc(1024 * 1024);
    for (let at = 0; ; ) {
      const { bytesRead } = await source.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      const zeros = piece.subarray(0, bytesRead).every((byte) => byte === 0);
      if (!zeros) await image.write(piece, 0, bytesRead, offsetBytes + at);
      at += bytesRead;
    }
  } finally {
    await source.close();
  }
}

async function deploy(
  { repository, commit, bootTree }: Parts,
  readOnlySysroot: boolean,
  root: string,
  boot: string,
  mount: string,
): Promise<void> {
  await execa('unshare', [
    ...['--mount', '--propagation', 'private', join(import.meta.dirname, 'deploy.sh')],
    ...[mount, root, boot, bootTree, repository, commit, readOnlySysroot ? 'yes' : 'no'],
    ...kernelArguments,
  ]);
}

async function ext4(features: string, sizeBytes: number, file: string): Promise<void> {
  await execa('mkfs.ext4', [
    ...['-q', '-F', '-b', '4096', '-m', '0', '-O', features, '-L', 'boot', '-E', 'discard'],
    ...[file, `${sizeBytes / 1024}k`],
  ]);
}

async function xfs(sizeBytes: number, sectorSize: number, file: string): Promise<void> {
  await execa('mkfs.xfs', [
    ...['-q', '-L', 'root', '-m', 'reflink=1', '-s', `size=${sectorSize}`],
    ...['-d', `file,name=${file},size=${sizeBytes}`],
  ]);
}

/** Debian's shim and GRUB, which start with Secure Boot too; this GRUB looks for its config in EFI/debian. */
async function efiSystem(
  config: string,
  sizeBytes: number,
  sectorSize: number,
  file: string,
): Promise<void> {
  await execa('truncate', ['--size', String(sizeBytes), file]);
  await execa('mkfs.vfat', ['-S', String(sectorSize), '-n', 'EFI-SYSTEM', file]);
  await execa('mmd', ['-i', file, '::EFI', '::EFI/BOOT', '::EFI/debian']);
  for (const [source, target] of [
    ['/usr/lib/shim/shimx64.efi.signed', 'BOOT/BOOTX64.EFI'],
    ['/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed', 'BOOT/grubx64.efi'],
    [config, 'debian/grub.cfg'],
  ] as const)
    await execa('mcopy', ['-i', file, source, `::EFI/${target}`]);
}
