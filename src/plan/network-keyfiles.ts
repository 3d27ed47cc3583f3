import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ParameterError } from '../lib/errors.ts';
import { readSmallFile, UnusableFileError } from '../lib/small-file.ts';
import { printable, shellQuote } from '../lib/text.ts';
import {
  hasConnection,
  type Keyfile,
  keyfileLimits,
  parseKeyfile,
  whyUnreadable,
} from '../system/network/keyfile.ts';

/** A file for the first boot, as NetworkManager stores a connection. */
export interface NetworkKeyfile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

export interface NetworkKeyfiles {
  readonly directory: string;
  /** Sorted by name. */
  readonly files: readonly NetworkKeyfile[];
  /** What the first boot will ignore, a sentence or two each. */
  readonly warnings: readonly string[];
}

/** Where NetworkManager stores the connections of a system. */
export const ownKeyfiles = '/etc/NetworkManager/system-connections';

/**
 * The regular files in a directory, not those in directories below; links are not followed. A directory
 * that cannot be read is a `ParameterError`.
 */
export async function readKeyfiles(directory: string): Promise<NetworkKeyfiles> {
  const refuse = (why: string, cause?: unknown) =>
    new ParameterError(
      {
        code: 'network-directory-unusable',
        failed: `Cannot copy the network keyfiles in ${directory}`,
        why,
        next: 'Give a directory of keyfiles as NetworkManager writes them.',
      },
      { cause },
    );
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const { mostFiles } = keyfileLimits;
    if (entries.length > mostFiles) throw refuse(`it contains more than ${mostFiles} files`);
    const files: NetworkKeyfile[] = [];
    const warnings: string[] = [];
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(directory, entry.name);
      if (!entry.isFile()) {
        warnings.push(`${printable(path)} is not copied: it is not a regular file.`);
        continue;
      }
      const file = await readKeyfile(path, entry.name).catch((error: Error) => {
        throw error instanceof UnusableFileError
          ? refuse(`${printable(path)}: ${error.message}`, error)
          : error;
      });
      files.push(file);
      warnings.push(...judgeKeyfile(path, file));
    }
    if (files.length === 0)
      warnings.push(`${directory} contains no keyfiles: no network is copied.`);
    return { directory, files, warnings };
  } catch (error) {
    if (error instanceof ParameterError) throw error;
    throw refuse((error as Error).message, error);
  }
}

async function readKeyfile(path: string, name: string): Promise<NetworkKeyfile> {
  let mode = 0;
  const judge = (stats: { readonly mode: number }) => {
    mode = stats.mode & 0o777;
  };
  const bytes = await readSmallFile(path, keyfileLimits.fileBytes, { judge });
  return { name, bytes, mode };
}

/**
 * Why NetworkManager will ignore a file on the first boot, if it will: there, the files are in
 * /run/NetworkManager/system-connections, where names need the suffix, and only root may read them
 * (nms-keyfile-utils.c).
 */
export function judgeKeyfile(path: string, { name, bytes, mode }: NetworkKeyfile): string[] {
  const shown = printable(path);
  const text = Buffer.from(bytes).toString('latin1');
  const unreadable = whyUnreadable(text);
  if (!hasConnection(text) && !unreadable?.includes('byte order mark'))
    return [
      `${shown} is not a keyfile of NetworkManager, which will ignore it: it has no section [connection].`,
    ];
  if (unreadable !== undefined) return [`NetworkManager will ignore ${shown}: ${unreadable}.`];
  const keyfile = parseKeyfile(text);
  const warnings = settingsThatKeepItOff(keyfile).map(
    (setting) =>
      `NetworkManager will not activate ${shown} by itself on the first boot: it has ${setting}.`,
  );
  if (!/^[^.].*\.nmconnection$/s.test(name))
    warnings.push(
      `NetworkManager will ignore ${shown} on the first boot: its name must end with .nmconnection.`,
    );
  if ((mode & 0o077) !== 0) {
    const bits = `mode ${mode.toString(8).padStart(4, '0')}`;
    const secret = hasSecrets(keyfile) ? ', which contains a secret' : '';
    warnings.push(
      `Users other than root can access ${shown}${secret} (${bits}): ` +
        `NetworkManager will ignore it. Run: chmod 600 ${shellQuote(path)}`,
    );
  }
  return warnings;
}

/**
 * Settings in [connection] by which nothing activates it where nobody has logged in (nm-settings-keyfile(5)): desktops
 * write them.
 */
function settingsThatKeepItOff(keyfile: Keyfile): string[] {
  const connection = keyfile.get('connection');
  const found: string[] = [];
  const auto = connection?.get('autoconnect')?.trim();
  if (auto !== undefined && /^(false|0|no|off)$/i.test(auto)) found.push(`autoconnect=${auto}`);
  // The value is the name of a user.
  if (connection?.get('permissions')?.trim()) found.push('permissions=, for one user only');
  return found;
}

/** Settings with a secret (nm-settings-keyfile(5)); `psk-flags=` and the like have none. */
const secretName = /^(psk|pin|mka-cak|preshared-key|wep-key[0-3]|(.*-)?password(-raw)?)$/;

function hasSecrets(keyfile: Keyfile): boolean {
  return [...keyfile].some(([section, settings]) =>
    [...settings].some(([name, value]) => {
      if (value.trim() === '') return false;
      if (section === 'vpn-secrets') return true;
      return secretName.test(name) || (section === 'wireguard' && name === 'private-key');
    }),
  );
}
