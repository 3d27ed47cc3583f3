import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Partition, writeGpt } from './gpt.ts';
import { installBiosGrub } from './grub.ts';

const mib = 1024 * 1024;

/** Fedora CoreOS's partitions, in the order of 2019. */
export const layout: Partition[] = [
  {
    name: 'boot',
    type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
    offsetBytes: mib,
    lengthBytes: 64 * mib,
  },
  {
    name: 'EFI-SYSTEM',
    type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
    offsetBytes: 65 * mib,
    lengthBytes: 4 * mib,
  },
  {
    name: 'BIOS-BOOT',
    type: '21686148-6449-6E6F-744E-656564454649',
    offsetBytes: 69 * mib,
    lengthBytes: mib,
  },
  {
    name: 'root',
    type: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
    offsetBytes: 70 * mib,
    lengthBytes: 48 * mib,
  },
];

const imageBytes = 119 * mib;

/** What an image is put together from. */
export interface Parts {
  bootTree: string;
  rootTree: string;
  /** GRUB for UEFI. */
  efiCore: string;
  /** GRUB for a BIOS. */
  biosCore: string;
}

/** Puts a disk image together, for disks of one sector size. */
export async function assemble(
  parts: Parts,
  workDirectory: string,
  sectorSize: number,
): Promise<Buffer> {
  const image = Buffer.alloc(imageBytes);
  const at = (name: string): Partition => {
    const found = layout.find((partition) => partition.name === name);
    if (found === undefined) throw new Error(`no partition ${name}`);
    return found;
  };
  const place = async (file: string, partition: Partition): Promise<void> => {
    (await readFile(file)).copy(image, partition.offsetBytes);
  };
  const file = (name: string): string => join(workDirectory, `${name}-${sectorSize}.img`);
  await ext4(parts.bootTree, 'boot', at('boot').lengthBytes, file('boot'));
  await place(file('boot'), at('boot'));
  await ext4(parts.rootTree, 'root', at('root').lengthBytes, file('root'));
  await place(file('root'), at('root'));
  await efiSystem(parts.efiCore, at('EFI-SYSTEM').lengthBytes, sectorSize, file('efi'));
  await place(file('efi'), at('EFI-SYSTEM'));
  if (sectorSize === 512) {
    const bootCode = await readFile('/usr/lib/grub/i386-pc/boot.img');
    installBiosGrub(image, bootCode, await readFile(parts.biosCore), at('BIOS-BOOT'));
  }
  writeGpt(image, layout, sectorSize);
  return image;
}

async function ext4(tree: string, label: string, sizeBytes: number, file: string): Promise<void> {
  await execa('mkfs.ext4', [
    '-q',
    '-F',
    '-b',
    '4096',
    '-m',
    '0',
    // GRUB 2.06 reads neither of these.
    '-O',
    '^metadata_csum_seed,^orphan_file',
    '-L',
    label,
    '-d',
    tree,
    file,
    `${sizeBytes / 1024}k`,
  ]);
}

async function efiSystem(
  core: string,
  sizeBytes: number,
  sectorSize: number,
  file: string,
): Promise<void> {
  await writeFile(file, Buffer.alloc(sizeBytes));
  await execa('mkfs.vfat', ['-S', String(sectorSize), '-n', 'EFI-SYSTEM', file]);
  await execa('mmd', ['-i', file, '::EFI', '::EFI/BOOT']);
  await execa('mcopy', ['-i', file, core, '::EFI/BOOT/BOOTX64.EFI']);
}

/** Lays out the boot partition: kernel, initramfs, boot entry, GRUB's files, the stamp. */
export async function makeBootTree(
  tree: string,
  kernelFile: string,
  initramfs: Buffer,
  grubConfig: string,
): Promise<void> {
  await mkdir(join(tree, 'mini-coreos'), { recursive: true });
  await mkdir(join(tree, 'loader', 'entries'), { recursive: true });
  await cp(kernelFile, join(tree, 'mini-coreos', 'vmlinuz'));
  await writeFile(join(tree, 'mini-coreos', 'initramfs.img'), initramfs);
  await writeFile(join(tree, 'loader', 'entries', 'mini-coreos.conf'), bootEntry);
  await writeFile(join(tree, 'ignition.firstboot'), '');
  for (const platform of ['i386-pc', 'x86_64-efi']) {
    await mkdir(join(tree, 'grub2', platform), { recursive: true });
    for (const module of await linuxModules(platform)) {
      await cp(`/usr/lib/grub/${platform}/${module}`, join(tree, 'grub2', platform, module));
    }
  }
  await cp(grubConfig, join(tree, 'grub2', 'grub.cfg'));
}

/** `linux.mod` and what it needs, from the platform's own list of dependencies. */
async function linuxModules(platform: string): Promise<string[]> {
  const list = await readFile(`/usr/lib/grub/${platform}/moddep.lst`, 'utf8');
  const needs = new Map<string, string[]>();
  for (const line of list.split('\n')) {
    const [name, rest] = line.split(':');
    if (name) needs.set(name, (rest ?? '').trim().split(/\s+/).filter(Boolean));
  }
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const need of needs.get(name) ?? []) add(need);
  };
  add('linux');
  return [...found].map((name) => `${name}.mod`);
}

const bootEntry = `title mini-coreos
version 1
options $ignition_firstboot root=LABEL=root rw console=tty0 console=ttyS0,115200n8 quiet loglevel=3 \
mitigations=off audit=0 net.ifnames=0 systemd.show_status=0 ignition.platform.id=metal
linux /mini-coreos/vmlinuz
initrd /mini-coreos/initramfs.img
`;
