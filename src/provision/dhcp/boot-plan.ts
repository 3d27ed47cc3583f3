import { checked, refused } from './network-values.ts';

/**
 * Which file a machine boots first, by the architecture that its firmware names (option 93, RFC 4578
 * and the IANA registry "Processor Architecture Types"). Every DHCP server gets the same table.
 */
export interface BootFile {
  /** For classes and tags. */
  readonly name: string;
  readonly architectures: readonly number[];
  /** In the TFTP directory; for HTTP boot a URL. */
  readonly file: string;
  readonly isHttp: boolean;
}

/** Everything that a DHCP server must know to boot machines; each value fits for every config. */
export interface BootPlan {
  readonly files: readonly BootFile[];
  /** The boot script of the server, for everything that is iPXE already (it sends option 175). */
  readonly scriptUrl: string;
  /** Of the TFTP server. */
  readonly address: string;
}

const firmware = [
  { name: 'bios', architectures: [0], loader: 'undionly.kpxe' },
  // 7 in the registry; RFC 4578 as it was printed says 9, and some firmware sends that.
  { name: 'uefi-x64', architectures: [7, 9], loader: 'snponly.efi' },
  { name: 'uefi-arm64', architectures: [11], loader: 'snponly-arm64.efi' },
  { name: 'http-x64', architectures: [16], loader: 'snponly.efi' },
  { name: 'http-arm64', architectures: [19], loader: 'snponly-arm64.efi' },
] as const;

/** `BootFile.name`, of all that there may be. */
export const firmwareNames: ReadonlySet<string> = new Set(firmware.map(({ name }) => name));

/**
 * Whether all x86-64 UEFI machines get shim, which loads GRUB: a DHCP request does not show whether
 * Secure Boot is on.
 */
export const isForSecureBoot = (loaders: readonly string[]) =>
  ['shimx64.efi', 'grubx64.efi'].every((name) => loaders.includes(name));

/** `loaders`: the names in assets/tftp/. `url`: as in fleet.yaml. */
export function planBoot(url: string, loaders: readonly string[], address: string): BootPlan {
  if (!checked('url', url).startsWith('http:')) throw refused(url, 'boot loaders need http://');
  const chosen = (loader: string) =>
    loader === 'snponly.efi' && isForSecureBoot(loaders) ? 'shimx64.efi' : loader;
  const files = firmware.map(({ name, architectures, loader }) => {
    const isHttp = name.startsWith('http');
    const file = chosen(loader);
    return { name, architectures, file: isHttp ? `${url}/assets/tftp/${file}` : file, isHttp };
  });
  return {
    files: files.filter(({ file }) => loaders.includes(file.replace(/.*\//, ''))),
    scriptUrl: `${url}/boot.ipxe`,
    address: checked('address', address),
  };
}
