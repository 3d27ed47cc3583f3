import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { NetworkSetup } from './network-setup.ts';

const systemModules = '/usr/lib/dracut';
const ours = join(import.meta.dirname, 'dracut');

/** Makes a private copy of dracut's modules with ours among them. */
export async function privateModules(directory: string): Promise<string> {
  const base = join(directory, 'dracut');
  await cp(systemModules, base, { recursive: true, verbatimSymlinks: true });
  await cp(ours, join(base, 'modules.d'), { recursive: true });
  await mkdir(join(directory, 'no-config'));
  return base;
}

/** What all runs of dracut for one system have in common. */
export interface DracutPlaces {
  /** Where {@link privateModules} put them. */
  base: string;
  /** A directory for dracut's own temporary files. */
  workDirectory: string;
  network: NetworkSetup;
}

interface DracutCall extends DracutPlaces {
  output: string;
  arguments: string[];
}

/** Runs dracut with none of the machine's own configuration. */
export async function dracut(call: DracutCall): Promise<void> {
  const { overUsr } = call.network;
  const before = overUsr === undefined ? [] : ['unshare', ...withOverUsr, overUsr];
  const [command = '', ...words] = [...before, 'dracut'];
  await execa(
    command,
    [
      ...words,
      '--force',
      '--conf',
      '/dev/null',
      '--confdir',
      join(call.workDirectory, 'no-config'),
      '--tmpdir',
      call.workDirectory,
      '--no-hostonly',
      '--no-hostonly-cmdline',
      '--no-early-microcode',
      '--nofscks',
      '--nostrip',
      '--nohardlink',
      ...call.arguments,
      call.output,
    ],
    { env: { dracutbasedir: call.base }, all: true },
  );
}

/** What is below a directory is also in /usr of the program that follows, and of nothing else. */
const withOverUsr = [
  ...['--mount', '--propagation', 'private', 'sh', '-euc'],
  ...['mount -t overlay overlay -o "lowerdir=$1:/usr" /usr; shift; exec "$@"', 'sh'],
];

const initramfsModules = [
  'bash systemd systemd-initrd dracut-systemd base fs-lib udev-rules rootfs-block kernel-modules',
  'shutdown qemu network url-lib ignition ostree mini-coreos',
].join(' ');

const drivers = [
  'virtio_pci virtio_blk virtio_scsi virtio_net virtio_rng sd_mod sr_mod ata_piix ahci nvme',
  'qemu_fw_cfg af_packet crc32c_generic ext4 xfs bonding 8021q',
].join(' ');

/** A kernel to put on the disk. */
export interface Kernel {
  version: string;
  file: string;
  /** The directory of its modules. */
  modules: string;
}

/** Makes the initramfs that runs Ignition on the first boot. */
export async function makeInitramfs(places: DracutPlaces, kernel: Kernel): Promise<string> {
  const output = join(places.workDirectory, 'initramfs.img');
  await dracut({
    ...places,
    output,
    // zstd: the emulated machine decodes it fastest.
    arguments: [
      '--compress=zstd -6 -T0 -q',
      '--kver',
      kernel.version,
      '--kmoddir',
      kernel.modules,
      '--modules',
      `${places.network.initramfsModule} ${initramfsModules}`,
      '--drivers',
      drivers,
    ],
  });
  return output;
}

/** Makes what the system consists of, with the modules of a kernel, but not the kernel itself. */
export async function makeRootTree(
  places: DracutPlaces,
  kernel: Kernel,
  tree: string,
): Promise<void> {
  const archive = join(places.workDirectory, 'root.cpio');
  await dracut({
    ...places,
    output: archive,
    arguments: [
      ...['--kver', kernel.version, '--kmoddir', kernel.modules],
      ...['--compress', 'cat', '--modules', places.network.rootModule],
    ],
  });
  await mkdir(tree);
  await execa('cpio', ['--extract', '--quiet', '--make-directories', '--no-absolute-filenames'], {
    cwd: tree,
    inputFile: archive,
  });
  await rm(archive);
}
