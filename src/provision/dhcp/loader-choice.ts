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

/** What the fleet has for each kind of firmware: names of files in assets/tftp/. */
export interface Loaders {
  readonly bios?: string;
  readonly x64?: string;
  readonly arm64?: string;
}

/** The boot script of the server, for everything that is iPXE already (it sends option 175). */
export const scriptUrl = (url: string) => `${url}/boot.ipxe`;

/** The loaders over HTTP: the same files. */
const loaderUrl = (url: string, file: string) => `${url}/assets/tftp/${file}`;

export function bootFiles({ bios, x64, arm64 }: Loaders, url: string): readonly BootFile[] {
  const tftp = (name: string, architectures: readonly number[], file: string | undefined) =>
    file === undefined ? [] : [{ name, architectures, file, isHttp: false }];
  const http = (name: string, architecture: number, file: string | undefined) =>
    file === undefined
      ? []
      : [{ name, architectures: [architecture], file: loaderUrl(url, file), isHttp: true }];
  return [
    ...tftp('bios', [0], bios),
    // 9 is what the registry assigns to x64 (after an erratum of RFC 4578), 7 is what firmware sends.
    ...tftp('uefi-x64', [7, 9], x64),
    ...tftp('uefi-arm64', [11], arm64),
    ...http('http-x64', 16, x64),
    ...http('http-arm64', 19, arm64),
  ];
}
