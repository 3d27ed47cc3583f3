import type { Members } from './cpio.ts';

/** What the initramfs of a live system looks for, apart from its own files. */

/** The Ignition config of the live system. */
export const liveConfigPath = 'config.ign';
/** Holds network keyfiles, which are used before Ignition runs. */
const networkDirectory = 'etc/coreos-firstboot-network/';
/** Only the initramfs of a live system has it. */
export const liveMarkerPath = 'etc/coreos-live-initramfs';
export const featuresPath = 'etc/coreos/features.json';
/** The same network as kernel arguments, for a medium of this program: no other reads it. */
export const networkArgumentsPath = 'etc/coreos/network.conf';

/** What customizations of a medium of this program consist of; the build puts none of it there. */
const ownCustomization =
  /^etc\/coreos\/(?:(?:installer|pre-install|post-install)\.d\/|dest\.ign$|ca\.pem$|network\.conf$)/;

/** Whether a file in an initramfs is there because it was customized. */
export const isCustomization = (path: string) =>
  path === liveConfigPath || keyfileName(path) !== undefined || ownCustomization.test(path);

/** Whether a file is a keyfile, or has the same network as arguments. */
export const isNetworkFile = (path: string) =>
  path === networkArgumentsPath || keyfileName(path) !== undefined;

export const keyfilePath = (name: string) => `${networkDirectory}${name}`;

/** The name of a keyfile with this path; undefined for another file. */
export function keyfileName(path: string): string | undefined {
  const name = path.startsWith(networkDirectory) ? path.slice(networkDirectory.length) : '';
  return /^[^/]+$/.test(name) && name !== '.' && name !== '..' ? name : undefined;
}

/** The keyfiles by their names, sorted. */
export function keyfilesIn(members: Members): [string, Uint8Array][] {
  return [...members]
    .flatMap(([path, bytes]): [string, Uint8Array][] => {
      const name = keyfileName(path);
      return name === undefined ? [] : [[name, bytes]];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
