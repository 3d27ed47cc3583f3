import type { AddressPlan, LocalNetwork } from './address-plan.ts';
import type { BootPlan } from './boot-plan.ts';
import { checked } from './network-values.ts';

/**
 * dnsmasq 2.86 or later. Architectures are numbers: names such as `x86-64_EFI` have changed their
 * meaning between versions.
 */

/** The lines for a dnsmasq that gives addresses: the boot files, and the limits that are too low. */
export function dnsmasqBootLines(boot: BootPlan, tftpRoot: string): string[] {
  return [
    ...commonLines(boot, tftpRoot),
    // The default, 1000, is less than a site, and firmware, loader and installer may count as three.
    'dhcp-lease-max=30000',
    'dhcp-ignore-clid',
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
  tftpRoot: string,
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
    ...(addresses === undefined
      ? proxyLines(boot, local, tftpRoot)
      : [
          ...dnsmasqBootLines(boot, tftpRoot),
          'dhcp-authoritative',
          // Otherwise each address is tested by ping first, for three seconds and one at a time: a rack
          // of machines would give up.
          'no-ping',
          `dhcp-range=${addresses.first},${addresses.last},${local.netmask},1h`,
          // Without a value: none is given. By default it would be this server.
          ['dhcp-option=option:router', ...[addresses.router ?? []].flat()].join(','),
          ['dhcp-option=option:dns-server', ...addresses.nameServers].join(','),
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Another server gives the addresses; firmware asks ours in addition for the boot file. */
function proxyLines(boot: BootPlan, local: LocalNetwork, tftpRoot: string): string[] {
  return [
    ...commonLines(boot, tftpRoot),
    'leasefile-ro',
    // In the network of this address.
    `dhcp-range=${local.address},proxy,${local.netmask}`,
    // Otherwise requests of UEFI HTTP boot are not answered.
    'dhcp-pxe-vendor=PXEClient,HTTPClient',
    ...boot.files.flatMap(({ name, architectures, file, isHttp }) =>
      isHttp
        ? [`dhcp-boot=tag:${name},tag:!ipxe,${file}`]
        : architectures.map((number) => `pxe-service=tag:!ipxe,${number},"network",${file}`),
    ),
  ];
}

function commonLines({ files, scriptUrl }: BootPlan, tftpRoot: string): string[] {
  return [
    'enable-tftp',
    `tftp-root=${checked('path', tftpRoot)}`,
    // The default, 50 transfers at a time, is one rack.
    'tftp-max=1000',
    'dhcp-match=set:ipxe,175',
    `dhcp-boot=tag:ipxe,${scriptUrl}`,
    ...files.flatMap(({ name, architectures }) =>
      architectures.map((number) => `dhcp-match=set:${name},option:client-arch,${number}`),
    ),
  ];
}
