import { checkedPath } from './checked-values.ts';
import type { AddressPlan, BootPlan, LocalNetwork } from './dhcp-plan.ts';

/**
 * dnsmasq 2.86 or later. Architectures are numbers: names such as `x86-64_EFI` have changed their
 * meaning between versions.
 */

/** The lines for a dnsmasq that gives addresses: the boot files, and the limits that are too low. */
export function dnsmasqBootLines(boot: BootPlan, tftpRoot: string): string[] {
  return [
    ...tftpLines(tftpRoot),
    // The default, 1000, is less than a site, and firmware, loader and installer may count as three.
    'dhcp-lease-max=30000',
    'dhcp-ignore-clid',
    ...matches(boot),
    ...boot.files.flatMap(({ name, file, isHttp }) =>
      isHttp
        ? [
            `dhcp-option-force=tag:${name},tag:!ipxe,option:vendor-class,HTTPClient`,
            `dhcp-boot=tag:${name},tag:!ipxe,${file}`,
          ]
        : [`dhcp-boot=tag:${name},tag:!ipxe,${file},,${boot.address}`],
    ),
  ];
}

/** The whole config of our own dnsmasq: `addresses` makes it a server, otherwise it is a proxy. */
export function dnsmasqConfig(
  boot: BootPlan,
  local: LocalNetwork,
  files: { readonly tftpRoot: string; readonly state: string },
  addresses?: AddressPlan,
): string {
  const lines = [
    '# Written by coreos-provision at every start.',
    'port=0',
    `interface=${local.interface}`,
    'except-interface=lo',
    'bind-interfaces',
    'no-hosts',
    'no-resolv',
    'log-dhcp',
    `pid-file=${checkedPath(files.state)}/dnsmasq.pid`,
    ...(addresses === undefined
      ? proxyLines(boot, local, files.tftpRoot)
      : [
          ...dnsmasqBootLines(boot, files.tftpRoot),
          `dhcp-leasefile=${files.state}/dnsmasq.leases`,
          'dhcp-authoritative',
          // Otherwise each address is tested by ping first, for three seconds and one at a time: a rack
          // of machines would give up.
          'no-ping',
          `dhcp-range=${addresses.first},${addresses.last},${addresses.netmask},1h`,
          // Without a value: none is given. By default it would be this server.
          `dhcp-option=option:router${addresses.router === undefined ? '' : `,${addresses.router}`}`,
          `dhcp-option=${['option:dns-server', ...addresses.nameServers].join(',')}`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Another server gives the addresses; firmware asks ours in addition for the boot file. */
function proxyLines(boot: BootPlan, local: LocalNetwork, tftpRoot: string): string[] {
  return [
    ...tftpLines(tftpRoot),
    'leasefile-ro',
    `dhcp-range=${local.network},proxy,${local.netmask}`,
    // Otherwise requests of UEFI HTTP boot are not answered.
    'dhcp-pxe-vendor=PXEClient,HTTPClient',
    ...matches(boot),
    ...boot.files.flatMap(({ name, architectures, file, isHttp }) =>
      isHttp
        ? [`dhcp-boot=tag:${name},tag:!ipxe,${file}`]
        : architectures.map((number) => `pxe-service=tag:!ipxe,${number},"network",${file}`),
    ),
  ];
}

function tftpLines(tftpRoot: string): string[] {
  // The default, 50 transfers at a time, is one rack.
  return ['enable-tftp', `tftp-root=${checkedPath(tftpRoot)}`, 'tftp-max=1000'];
}

function matches({ files, scriptUrl }: BootPlan): string[] {
  return [
    'dhcp-match=set:ipxe,175',
    `dhcp-boot=tag:ipxe,${scriptUrl}`,
    ...files.flatMap(({ name, architectures }) =>
      architectures.map((number) => `dhcp-match=set:${name},option:client-arch,${number}`),
    ),
  ];
}
