import { withSettings } from '../commands/with-settings.ts';
import { planBoot } from './dhcp-plan.ts';
import { dnsmasqBootLines } from './dnsmasq-config.ts';
import { findLoaders, tftpDirectory } from './loaders.ts';
import { iscConfig, keaConfig } from './other-dhcp-servers.ts';

export interface DhcpConfigAsked {
  readonly directory: string;
  readonly for: 'dnsmasq' | 'kea' | 'isc';
  readonly tftpServer?: string;
}

export async function runDhcpConfig(asked: DhcpConfigAsked): Promise<number> {
  return await withSettings(asked.directory, async ({ url }) => {
    const address = asked.tftpServer ?? new URL(url).hostname;
    const boot = planBoot(url, await findLoaders(asked.directory), address);
    const tftpRoot = tftpDirectory(asked.directory);
    process.stdout.write(
      {
        // A server of addresses and names must not end because a directory is private.
        dnsmasq: () => `${['tftp-no-fail', ...dnsmasqBootLines(boot, tftpRoot)].join('\n')}\n`,
        kea: () => keaConfig(boot),
        isc: () => iscConfig(boot),
      }[asked.for](),
    );
  });
}
