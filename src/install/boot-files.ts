import { installIdFile } from '../plan/found-installation.ts';
import type { NetworkKeyfile } from '../plan/network-keyfiles.ts';
import type { SystemStart } from '../plan/system-start.ts';
import { BootDirectory, type LeftOnBoot } from './boot-directory.ts';
import { readableEntries } from './boot-entries.ts';
import { setStart } from './set-start.ts';

/**
 * The files that an installation writes to the boot partition, mounted at `root`. What it leaves
 * there is noted in `left`.
 */
export function bootFiles(root: string, left: LeftOnBoot = new Map()) {
  const boot = new BootDirectory(root, left);
  return {
    /** `ignition/config.ign`, byte for byte, readable by root only. */
    async writeConfig(bytes: Uint8Array): Promise<void> {
      await boot.makePrivateDirectory('ignition');
      await boot.replace('ignition/config.ign', bytes, 0o600);
    },

    /** Removes a config that the image brought, or links in its place: the first boot would apply it. */
    async removeConfig(): Promise<void> {
      const isThere = await boot.isRealDirectory('ignition');
      await boot.remove(isThere ? 'ignition/config.ign' : 'ignition');
    },

    /** `ignition.firstboot`, which GRUB sources on the first boot. */
    async writeStamp(content: string): Promise<void> {
      await boot.replace('ignition.firstboot', Buffer.from(content), 0o644);
    },

    /** The id of this installation, in a file that stays; without one, an id that the image brought is removed. */
    async writeInstallId(id: string | undefined): Promise<void> {
      if (id === undefined) await boot.remove(installIdFile);
      else await boot.replace(installIdFile, Buffer.from(`${id}\n`), 0o644);
    },

    /** Keyfiles, which the first boot hands to NetworkManager, in place of any that the image brought. */
    async writeNetwork(keyfiles: readonly NetworkKeyfile[]): Promise<void> {
      const directory = 'coreos-firstboot-network';
      await boot.remove(directory);
      if (keyfiles.length === 0) return;
      await boot.makePrivateDirectory(directory);
      for (const { name, bytes, mode } of keyfiles)
        await boot.replace(`${directory}/${name}`, bytes, mode);
    },

    /** Platform, consoles and kernel arguments of every boot; returns warnings. */
    setStart: (start: SystemStart): Promise<string[]> => setStart(boot, start),

    /** The boot loader's entries, to measure them. */
    entries: (): Promise<string[]> => readableEntries(boot),

    /** The path of a file, if any, that is not as it was left. */
    firstDifference: (): Promise<string | undefined> => boot.firstDifference(),

    sync: (): Promise<void> => boot.sync(),
  };
}
