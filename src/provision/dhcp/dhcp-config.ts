import { isIPv4 } from 'node:net';
import { ParameterError } from '../../lib/errors.ts';
import { planBoot } from './boot-plan.ts';
import { dnsmasqBootLines } from './dnsmasq-config.ts';
import { findLoaders, tftpDirectory } from './loaders.ts';
import { iscConfig, keaConfig } from './other-dhcp-servers.ts';

/** What a DHCP server of others needs for machines that boot from `tftpServer`, by default the host of `url`. */
export async function dhcpConfigFor(
  server: 'dnsmasq' | 'kea' | 'isc',
  fleet: { readonly directory: string; readonly url: string; readonly tftpServer?: string },
): Promise<string> {
  const { directory, url, tftpServer = addressIn(url) } = fleet;
  const boot = planBoot(url, await findLoaders(directory), tftpServer);
  if (server === 'kea') return keaConfig(boot);
  if (server === 'isc') return iscConfig(boot);
  // A server of addresses and names must not end because a directory is private.
  return `${['tftp-no-fail', ...dnsmasqBootLines(boot, tftpDirectory(directory))].join('\n')}\n`;
}

/** DHCP names a TFTP server by its IPv4 address. */
function addressIn(url: string): string {
  const { hostname } = new URL(url);
  if (isIPv4(hostname)) return hostname;
  throw new ParameterError({
    code: 'invalid-network-value',
    failed: `Cannot take the TFTP server from ${url}`,
    why: 'DHCP names it by its IPv4 address, and this URL has none',
    next: 'Give its address by --tftp-server.',
  });
}
