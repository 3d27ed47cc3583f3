import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../lib/errors.ts';
import { replaceFile } from '../../lib/replace-file.ts';
import { askingLoop, grubPath } from '../serve/grub-config.ts';
import type { Loaders } from './loader-choice.ts';

/** Its name in assets/tftp/, and where distributions install it: the first that exists. */
type Source = readonly [name: string, fromPackage: string, ...paths: string[]];

const ipxe = 'ipxe (Debian) or ipxe-bootimgs (Fedora)';
const [debian, fedora, shim] = ['/usr/lib/ipxe', '/usr/share/ipxe', '/usr/lib/shim'];

const plain: readonly Source[] = [
  ['undionly.kpxe', ipxe, `${debian}/undionly.kpxe`, `${fedora}/undionly.kpxe`],
  ['snponly.efi', ipxe, `${debian}/snponly.efi`, `${fedora}/ipxe-snponly-x86_64.efi`],
];
/** Debian 12 has none. */
const arm64: Source = ['snponly-arm64.efi', ipxe, `${fedora}/arm64-efi/snponly.efi`];
/** shim loads grubx64.efi, or mmx64.efi to enrol a key, from where it comes from itself. */
const signed: readonly Source[] = [
  ['shimx64.efi', 'shim-signed', `${shim}/shimx64.efi.signed`],
  ['mmx64.efi', 'shim-signed', `${shim}/mmx64.efi.signed`],
];
const grubFile = '/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed';

export const tftpDirectory = (directory: string) => join(directory, 'assets/tftp');

/**
 * What is in assets/tftp/. With shim and GRUB there, every UEFI machine gets these: a DHCP request does not
 * show whether Secure Boot is on. Throws an `InputError` where there is nothing.
 */
export async function findLoaders(directory: string): Promise<Loaders> {
  const names = await readdir(tftpDirectory(directory)).catch((): string[] => []);
  const has = (...wanted: string[]) => wanted.every((name) => names.includes(name));
  const x64 = has('shimx64.efi', 'grubx64.efi') ? 'shimx64.efi' : 'snponly.efi';
  const found = {
    ...(has('undionly.kpxe') ? { bios: 'undionly.kpxe' } : {}),
    ...(has(x64) ? { x64 } : {}),
    ...(has(arm64[0]) ? { arm64: arm64[0] } : {}),
  };
  if (Object.keys(found).length > 0) return found;
  throw new InputError({
    code: 'loader-missing',
    failed: `Cannot boot machines from ${tftpDirectory(directory)}`,
    why: 'it has no boot loader',
    next: `Run coreos-provision loaders ${directory}.`,
  });
}

export interface CopyOptions {
  readonly directory: string;
  readonly url: string;
  readonly secureBoot: boolean;
  /** A signed GRUB, in place of the distribution's. */
  readonly grub?: string;
}

/** Copies the distribution's loaders; returns their names. Throws an `InputError` that names the package. */
export async function copyLoaders(
  { directory, url, secureBoot, grub }: CopyOptions,
  root = '/',
): Promise<readonly string[]> {
  const target = tftpDirectory(directory);
  await mkdir(join(target, 'grub'), { recursive: true });
  const copied: string[] = [];
  for (const source of [...plain, ...(secureBoot ? signed : []), arm64]) {
    const isThere = await copyFirst(source, target, root);
    if (isThere) copied.push(source[0]);
    else if (source !== arm64) throw missing(source);
  }
  if (!secureBoot) return copied;
  await copyGrub(grub ?? join(root, grubFile), target);
  await writeGrubConfig(directory, url);
  return [...copied, 'grubx64.efi', 'grub/grub.cfg'];
}

async function copyGrub(from: string, target: string): Promise<void> {
  const program = await readFile(from).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? missing(['GRUB', 'grub-efi-amd64-signed', from]) : error;
  });
  // With Secure Boot it loads no module: what is not inside is missing.
  if (!program.includes('HTTP/1.1'))
    throw new InputError({
      code: 'loader-missing',
      failed: `Cannot boot machines with ${from}`,
      why: 'this GRUB cannot fetch by HTTP, as that of Debian 12',
      next: 'Get grubnetx64.efi.signed of Debian 13 (package grub-efi-amd64-signed), and name it by --grub.',
    });
  await writeFile(join(target, 'grubx64.efi'), program);
}

const grubConfigPath = (directory: string) => join(tftpDirectory(directory), 'grub/grub.cfg');

/** dnsmasq reads it as a user of its own. */
async function writeGrubConfig(directory: string, url: string): Promise<void> {
  await replaceFile(grubConfigPath(directory), grubConfig(url), { mode: 0o644 });
}

/** Writes it again if there is one, for another URL or by another version of this program. */
export async function renewGrubConfig(directory: string, url: string): Promise<void> {
  const before = await readFile(grubConfigPath(directory), 'utf8').catch(() => undefined);
  if (before !== undefined && before !== grubConfig(url)) await writeGrubConfig(directory, url);
}

async function copyFirst(
  [name, , ...paths]: Source,
  target: string,
  root: string,
): Promise<boolean> {
  for (const path of paths) {
    try {
      await copyFile(join(root, path), join(target, name));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return false;
}

function missing([name, fromPackage, ...paths]: Source): InputError {
  return new InputError({
    code: 'loader-missing',
    failed: `Cannot copy ${name}`,
    why: `there is no ${paths.join(' and no ')}`,
    next: `Install the package ${fromPackage}.`,
  });
}

/** The signed GRUB reads it from the TFTP server, and asks the server for the machine's script. */
export function grubConfig(url: string): string {
  return `insmod http
insmod smbios
insmod regexp
smbios --type 1 --get-uuid 8 --set uuid
smbios --type 1 --get-string 7 --set serial
# A serial number with a space would end the request line.
set known="mac=$net_default_mac&uuid=$uuid"
if regexp '^[A-Za-z0-9._-]+$' "$serial"; then set known="$known&serial=$serial"; fi
${askingLoop(`"${grubPath(`${url}/grub`)}?$known"`).join('\n')}
`;
}
