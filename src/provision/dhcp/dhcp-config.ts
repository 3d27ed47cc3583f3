import { planBoot } from './boot-plan.ts';
import { dnsmasqBootLines } from './dnsmasq-config.ts';
import { findLoaders, tftpDirectory } from './loaders.ts';
import { iscConfig, keaConfig } from './other-dhcp-servers.ts';

/** What a DHCP server of others needs for machines that boot from `tftpServer`, by default the host of `url`. */
export async function dhcpConfigFor(
  server: 'dnsmasq' | 'kea' | 'isc',
  fleet: { readonly directory: string; readonly url: string; readonly tftpServer?: string },
): Promise<string> {
  const { directory, url, tftpServer = new URL(url).hostname } = fleet;
  const boot = planBoot(url, await findLoaders(directory), tftpServer);
  if (server === 'kea') return keaConfig(boot);
  if (server === 'isc') return iscConfig(boot);
  // A server of addresses and names must not end because a directory is private.
  return `${['tftp-no-fail', ...dnsmasqBootLines(boot, tftpDirectory(directory))].join('\n')}\n`;
}
