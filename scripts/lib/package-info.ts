import type { ProgramName } from './pkg-config.ts';

/** What the metadata of a program's packages say of it. */
export interface PackageInfo {
  /** One line, no full stop. */
  readonly summary: string;
  readonly description: string;
  /** Besides the libraries that Node needs. */
  readonly debian: Relations;
  readonly fedora: Relations;
  /** The target of make that installs it. */
  readonly target: string;
}

interface Relations {
  readonly needs: readonly string[];
  readonly recommends: readonly string[];
  readonly suggests: readonly string[];
  readonly conflicts: readonly string[];
}

export const packageInfos: Readonly<Record<ProgramName, PackageInfo>> = {
  'coreos-installer': {
    summary: 'Installs Fedora CoreOS, or any image with the same layout, on a bare machine',
    description: `It streams a disk image from a web server to a disk, adds an Ignition
config for the first boot, and makes the disk bootable with its last write.
Also included: fcct (butane), which translates YAML to Ignition configs,
and dracut modules that install at boot.`,
    debian: {
      needs: ['gdisk', 'util-linux (>= 2.32)'],
      recommends: ['ca-certificates', 'gpgv', 'kmod', 'udev'],
      suggests: ['dracut', 'efibootmgr', 'iproute2', 'systemd'],
      conflicts: ['butane', 'fcct'],
    },
    fedora: {
      needs: ['gdisk', 'util-linux >= 2.32'],
      recommends: ['ca-certificates', 'gnupg2', 'kmod', 'systemd-udev'],
      suggests: ['dracut', 'efibootmgr', 'iproute', 'systemd'],
      conflicts: ['butane', 'fedora-coreos-config-transpiler'],
    },
    target: 'install',
  },
  'coreos-provision': {
    summary: 'Installs many machines with Fedora CoreOS from one server',
    description: `It serves boot scripts, configs and images to machines that boot from the
network into coreos-installer, decides which of them may install what, once,
and shows on a page what happens.`,
    debian: {
      needs: [],
      recommends: ['ca-certificates', 'dnsmasq-base', 'gpgv', 'ipxe'],
      suggests: ['grub-efi-amd64-signed', 'nginx', 'shim-signed', 'systemd', 'xz-utils', 'zstd'],
      conflicts: [],
    },
    fedora: {
      needs: [],
      recommends: ['ca-certificates', 'dnsmasq', 'gnupg2', 'ipxe-bootimgs-x86'],
      suggests: ['nginx', 'systemd', 'xz', 'zstd'],
      conflicts: [],
    },
    target: 'install-provision',
  },
};
