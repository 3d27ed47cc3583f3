/** Older versions lack the x86-64 decoder in assembly, and decode at half the speed. */
export const minimumLiblzma = '5.8';

/** Which liblzma an addon contains. */
export interface LiblzmaOrigin {
  /** The library's own version: `5.8.1`. */
  readonly version: string;
  /** `Debian 5.8.1-1+deb13u2` (the version of the source package), or `lzma-native`. */
  readonly from: string;
}

/**
 * Whether a version of the library, or of a Debian package of it, is recent enough and not a beta. For
 * `5.6.1+really5.4.5-1` the second version decides.
 */
export function isCurrentLiblzma(version: string): boolean {
  const upstream = version.replace(/^\d+:/, '').replace(/^.*\+really/, '');
  if (/^[\d.]+~?(alpha|beta|rc)/.test(upstream)) return false;
  const found = numbers(upstream);
  const needed = numbers(minimumLiblzma);
  const at = needed.findIndex((number, index) => number !== found[index]);
  return at === -1 || (found[at] ?? 0) > (needed[at] ?? 0);
}

const numbers = (version: string) =>
  (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);

/** `5.8.1-1+b2` is built from the source package `5.8.1-1`. */
export function sourceVersion(binaryVersion: string): string {
  return binaryVersion.replace(/\+b\d+$/, '');
}

/** Throws when packages must not be built with this version. */
export function requireCurrentLiblzma({ version, from }: LiblzmaOrigin): void {
  if (isCurrentLiblzma(version)) return;
  throw new Error(
    `Cannot build packages with liblzma ${version} (${from}): it decodes at half the speed of ` +
      `${minimumLiblzma} or later. Run make: it prints why no later version could be obtained.`,
  );
}
