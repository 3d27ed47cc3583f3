import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { WriteError } from '../lib/errors.ts';

/** Where system tools are looked for, in this order; the caller's PATH plays no part. */
export const toolDirectories: readonly string[] = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

type InstallerTool =
  | 'blkid'
  | 'efibootmgr'
  | 'gpgv'
  | 'ip'
  | 'modprobe'
  | 'sgdisk'
  | 'systemd-notify'
  | 'udevadm';

export type Tool = InstallerTool | 'dnsmasq' | 'xz' | 'zstd';

/** The package of each tool that the installer runs. */
export const toolPackages: Readonly<Record<InstallerTool, { debian: string; fedora: string }>> = {
  blkid: { debian: 'util-linux', fedora: 'util-linux' },
  efibootmgr: { debian: 'efibootmgr', fedora: 'efibootmgr' },
  gpgv: { debian: 'gpgv', fedora: 'gnupg2' },
  ip: { debian: 'iproute2', fedora: 'iproute' },
  modprobe: { debian: 'kmod', fedora: 'kmod' },
  sgdisk: { debian: 'gdisk', fedora: 'gdisk' },
  'systemd-notify': { debian: 'systemd', fedora: 'systemd' },
  udevadm: { debian: 'udev', fedora: 'systemd-udev' },
};

/** The same of what coreos-provision runs. */
const serverPackages = {
  dnsmasq: { debian: 'dnsmasq-base', fedora: 'dnsmasq' },
  xz: { debian: 'xz-utils', fedora: 'xz' },
  zstd: { debian: 'zstd', fedora: 'zstd' },
} as const;

/** What every installation needs; the others are run where they exist and help. */
export const requiredTools: readonly InstallerTool[] = ['sgdisk', 'blkid'];

/** Absolute path of a tool, or undefined where the system lacks it. */
export function findTool(
  tool: Tool,
  directories: readonly string[] = toolDirectories,
): string | undefined {
  return directories
    .map((directory) => join(directory, tool))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Makes sure that every tool is there, before the disk is touched. A missing one is a
 * `WriteError` (exit code 5): the target and the input are fine, this system cannot write them.
 */
export function requireTools(tools: readonly Tool[], directories = toolDirectories): void {
  const missing = tools.filter((tool) => !findTool(tool, directories));
  if (missing.length > 0) throw missingTools(missing, directories);
}

/** The same of one tool: its absolute path. */
export function toolPath(tool: Tool): string {
  const path = findTool(tool);
  if (path) return path;
  throw missingTools([tool], toolDirectories);
}

function missingTools(tools: readonly Tool[], directories: readonly string[]): WriteError {
  const needed = new Set(tools.map(packageOf));
  return new WriteError({
    code: 'tool-missing',
    failed: `Cannot run ${tools.join(', ')}`,
    why: `not found in ${directories.join(', ')}`,
    next: `Install the package ${[...needed].join(', ')}.`,
  });
}

/** The package of a tool, for people. */
export function packageOf(tool: Tool): string {
  const { debian, fedora } = { ...toolPackages, ...serverPackages }[tool];
  return debian === fedora ? debian : `${debian} (Debian) or ${fedora} (Fedora)`;
}
