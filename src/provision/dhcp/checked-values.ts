import { isIPv4 } from 'node:net';
import { ParameterError } from '../../lib/errors.ts';

/**
 * What goes into generated configs. Each value has a form in which no config language reads more than
 * the value: no quotes, spaces, semicolons, braces, commas or line ends.
 */

/** The URL of a server: the host and a port, and a path without a final slash. */
export function checkedUrl(url: string): string {
  const plain = /^https?:\/\/(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?(?:\/[\w.~-]+)*$/i;
  // The boot file of a DHCP answer has 127 bytes, and the name of a loader follows.
  if (plain.test(url) && URL.canParse(url) && url.length <= 90) return url;
  throw refused(
    url,
    'it is no URL with a host, a port and plain words only, of at most 90 characters',
    'invalid-url',
  );
}

/** The same for boot loaders, which have no TLS. */
export function checkedLoaderUrl(url: string): string {
  if (checkedUrl(url).startsWith('http:')) return url;
  throw refused(url, 'boot loaders need http://', 'invalid-url');
}

export function checkedPath(path: string): string {
  if (/^\/[\w./+@-]+$/.test(path)) return path;
  throw refused(path, 'it must be an absolute path of letters, digits and ._+@-/');
}

export function checkedInterface(name: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,14}$/.test(name)) return name;
  throw refused(name, 'it is no name of a network interface');
}

export function checkedAddress(address: string): string {
  if (isIPv4(address)) return address;
  throw refused(address, 'it is no IPv4 address');
}

export function checkedPort(port: string): number {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number >= 1 && number <= 65_535) return number;
  throw refused(port, 'it is no port from 1 to 65535');
}

/** An IPv4 address as a number. */
export function numberOf(address: string): number {
  return checkedAddress(address)
    .split('.')
    .reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function refused(
  value: string,
  why: string,
  code: 'invalid-url' | 'invalid-network-value' = 'invalid-network-value',
): ParameterError {
  return new ParameterError({
    code,
    failed: `Cannot use ${JSON.stringify(value)}`,
    why,
    next: 'Correct the option, or fleet.yaml.',
  });
}
