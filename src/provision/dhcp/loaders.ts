import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../../lib/errors.ts';
import { replaceFile } from '../../lib/replace-file.ts';
import { askingLoop, grubPath } from '../serve/grub-config.ts';
import { isForSecureBoot } from './boot-plan.ts';

/** Its name in assets/tftp/, and where distributions install it: the first that exists. */
type Source = readonly [name: string, fromPackage: string, ...paths: string[]];

const ipxe = 'ipxe (Debian) or ipxe-bootimgs-x86 (Fedora)';
const [debian, fedora, shim] = ['/usr/lib/ipxe', '/usr/share/ipxe', '/usr/lib/shim'];

const plain: readonly Source[] = [
  ['undionly.kpxe', ipxe, `${debian}/undionly.kpxe`, `${fedora}/undionly.kpxe`],
  ['snponly.efi', ipxe, `${debian}/snponly.efi`, `${fedora}/ipxe-snponly-x86_64.efi`],
];
/** Debian 12 has none, and Debian 13 the one with drivers of its own. */
const arm64: Source = [
  'snponly-arm64.efi',
  '',
  `${debian}/ipxe-arm64.efi`,
  `${fedora}/arm64-efi/snponly.efi`,
];
/** shim loads grubx64.efi, or mmx64.efi to enrol a key, from where it comes from itself. */
const signed: readonly Source[] = [
  ['shimx64.efi', 'shim-signed', `${shim}/shimx64.efi.signed`],
  // Ubuntu has the signed one under the name that Debian gives to the other one.
  ['mmx64.efi', 'shim-signed', `${shim}/mmx64.efi.signed`, `${shim}/mmx64.efi`],
  ['grubx64.efi', 'grub-efi-amd64-signed', '/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed'],
];

export const tftpDirectory = (directory: string) => join(directory, 'assets/tftp');

/** The names in assets/tftp/; throws an `InputError` where no loader is among them. */
export async function findLoaders(directory: string): Promise<readonly string[]> {
  const names = await readdir(tftpDirectory(directory)).catch((): string[] => []);
  if (names.some((name) => /\.(kpxe|efi)$/.test(name))) return names;
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
  await mkdir(target, { recursive: true });
  const copied: string[] = [];
  for (const source of [...plain, ...(secureBoot ? signed : []), arm64]) {
    const [name, fromPackage, ...paths] = source;
    const isGrub = name === 'grubx64.efi';
    const places = isGrub && grub !== undefined ? [grub] : paths.map((path) => join(root, path));
    const place = places.find(existsSync);
    if (place === undefined && source === arm64) continue;
    if (place === undefined)
      throw new InputError({
        code: 'loader-missing',
        failed: `Cannot copy ${name}`,
        why: `there is no ${places.join(' and no ')}`,
        next: `Install the package ${fromPackage}.`,
      });
    const program = await readFile(place);
    // With Secure Boot it loads no module: what is not inside is missing.
    if (isGrub && !program.includes('HTTP/1.1'))
      throw new InputError({
        code: 'loader-missing',
        failed: `Cannot boot machines with ${place}`,
        why: 'this GRUB cannot fetch by HTTP, as that of Debian 12',
        next: 'Get grubnetx64.efi.signed of Debian 13 (package grub-efi-amd64-signed), and name it by --grub.',
      });
    await writeFile(join(target, name), program);
    copied.push(name);
  }
  return (await writeGrubConfig(directory, url)) ? [...copied, 'grub/grub.cfg'] : copied;
}

/** Where GRUB is, writes its config, for a URL that may be another one now. Returns whether it is there. */
export async function writeGrubConfig(directory: string, url: string): Promise<boolean> {
  const target = tftpDirectory(directory);
  if (!isForSecureBoot(await readdir(target).catch(() => []))) return false;
  const path = join(target, 'grub/grub.cfg');
  const config = grubConfig(url);
  if (await isReadableByAll(path, config)) return true;
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, config);
  // Whatever the umask is: TFTP servers read it as a user of their own.
  await chmod(dirname(path), 0o755);
  await chmod(path, 0o644);
  return true;
}

async function isReadableByAll(path: string, content: string): Promise<boolean> {
  try {
    const { mode } = await stat(path);
    return (mode & 0o004) !== 0 && (await readFile(path, 'utf8')) === content;
  } catch {
    return false;
  }
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
