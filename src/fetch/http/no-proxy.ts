import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * Whether a host is on a list of those that are reached without a proxy, as curl reads `no_proxy`:
 * entries are separated by commas or spaces; `*` is every host; `example.com`, `.example.com` and
 * `*.example.com` are that domain with all its subdomains; an address is itself, with `/24` after
 * it a network. An entry with a port (`host:8080`, `[::1]:80`) is for that port only.
 */
export function bypassesProxy(list: string, url: URL): boolean {
  const host = plainHost(url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.split(/[\s,]+/).some((text) => {
    const entry = parseEntry(text.toLowerCase());
    return (entry.port === undefined || entry.port === port) && matches(entry.host, host);
  });
}

/** Without the brackets of an IPv6 address or network, and the last dot of a complete name. */
function plainHost(host: string): string {
  return host.replace(/^\[(.*)\](\/\d+)?$/, '$1$2').replace(/\.$/, '');
}

function parseEntry(text: string): { readonly host: string; readonly port: string | undefined } {
  const [, host = text, port] = /^(\[.*\](?:\/\d+)?|[^:]*):(\d+)$/.exec(text) ?? [];
  return { host: plainHost(host), port };
}

function matches(entry: string, host: string): boolean {
  if (entry === '*') return true;
  if (isIP(host) !== 0) return isInNetwork(entry, host);
  const name = entry.replace(/^\*?\./, '');
  // URLs have such names in ASCII already.
  const domain = /[^\x20-\x7e]/.test(name) ? domainToASCII(name) : name;
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function isInNetwork(entry: string, host: string): boolean {
  const [address = '', prefix] = entry.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const most = family === 'ipv6' ? 128 : 32;
  const length = prefix === undefined ? most : Number(prefix);
  if (isIP(address) === 0 || !(length >= 0 && length <= most)) return false;
  const network = new BlockList();
  network.addSubnet(address, length, family);
  return network.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
