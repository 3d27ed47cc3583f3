import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildDir } from '../../scripts/lib/paths.ts';

/** Where {@link obtainNetworkManager} puts it. */
export const unpackedNetworkManager = join(buildDir, 'network-manager');
const unpacked = unpackedNetworkManager;
const program = join(unpacked, 'usr/sbin/NetworkManager');
const generatorName = 'nm-initrd-generator';
/** For a shell: the checkout may be in a directory with a space. */
const inShell = (path: string) => `'${join(unpacked, path).replaceAll("'", "'\\''")}'`;
// Some packages of Debian 12 have theirs in /lib.
const [usrLib, lib] = ['usr/lib', 'lib'].map((path) => `$(echo ${inShell(path)}/*-linux-gnu)`);
const withLibraries = `LD_LIBRARY_PATH=${usrLib}:${lib}`;

/**
 * Makes Debian's NetworkManager available, unpacked and not installed: whether it is. Prints the reason
 * where it is not, such as another distribution or no network. Needs root.
 */
export async function obtainNetworkManager(): Promise<boolean> {
  if (existsSync(program)) return true;
  await mkdir(buildDir, { recursive: true });
  const work = await mkdtemp(`${unpacked}-`);
  try {
    await mkdir(join(work, 'packages/partial'), { recursive: true });
    // With the libraries that this machine lacks.
    await execa('apt-get', [
      ...['-o', `Dir::Cache::archives=${work}/packages`, '-o', 'APT::Sandbox::User=root'],
      ...['--quiet=2', '--yes', '--no-install-recommends', '--download-only'],
      ...['install', 'network-manager'],
    ]);
    for (const name of await readdir(join(work, 'packages')))
      if (name.endsWith('.deb'))
        await execa('dpkg-deb', ['--extract', join(work, 'packages', name), join(work, 'files')]);
    await rename(join(work, 'files'), unpacked);
    return true;
  } catch (error) {
    // Another test was first.
    if (existsSync(program)) return true;
    console.warn(`Some tests are skipped: no NetworkManager (${(error as Error).message})`);
    return false;
  } finally {
    await rm(work, { recursive: true });
  }
}

/**
 * Commands of a shell, for a network namespace and a mount namespace of their own: they do what a
 * first boot of Fedora CoreOS does in its initramfs. NetworkManager configures the network by keyfiles
 * in $keyfiles, where `prepare` has put some, and ends; its name servers are in $resolv.
 */
export function bootWithNetworkManager(prepare: string): string {
  return `
# Without udev, which has its say on each interface.
mount -t sysfs -o ro sysfs /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
keyfiles=/run/NetworkManager/system-connections resolv=/run/NetworkManager/resolv.conf
mkdir -p $keyfiles /run/NetworkManager/conf.d
# It writes none where there are no servers.
: > $resolv
printf '[main]\\nplugins=keyfile\\nno-auto-default=*\\nrc-manager=unmanaged\\n' > /run/manager.conf
${prepare}
${withLibraries} ${inShell('usr/sbin/NetworkManager')} --configure-and-quit=initrd --no-daemon \\
  --config=/run/manager.conf --config-dir=/run/NetworkManager/conf.d --system-config-dir=/run/none \\
  --intern-config=/run/intern.conf > /run/log 2>&1 || { cat /run/log >&2; exit 1; }
`;
}

/** The keyfiles that an initramfs makes from kernel arguments. */
export function keyfilesFrom(kernelArguments: readonly string[]): string {
  const words = kernelArguments.map((word) => `'${word}'`).join(' ');
  // As in Debian 13, and in 12.
  const places = ['usr/libexec', 'usr/lib/NetworkManager'].map((path) => join(path, generatorName));
  const generator = inShell(
    places.find((path) => existsSync(join(unpacked, path))) ?? generatorName,
  );
  return `${withLibraries} ${generator} -- ${words}`;
}
