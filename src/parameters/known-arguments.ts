import type { KernelArgument } from './kernel-cmdline.ts';

/** The spelling in a published guide, which people have copied. */
export const misspelledDevice = 'coreos.coreos.inst.install_dev';

/** What the first boot is to do with the network that it was given, on or off. */
export const persistenceNames = ['coreos.no_persist_ip', 'coreos.force_persist_ip'] as const;

/** Kernel arguments that set up the network. */
const networkNames: ReadonlySet<string> = new Set([
  'ip',
  'ifname',
  'rd.route',
  'bootdev',
  'BOOTIF',
  'rd.bootif',
  'nameserver',
  'rd.peerdns',
  'biosdevname',
  'vlan',
  'bond',
  'team',
  'bridge',
  'rd.net.timeout.carrier',
  'ipv6.disable',
  'net.ifnames',
  'net.naming-scheme',
]);

/**
 * Whether the argument sets up the network and is kept for the first boot. Some say what they have
 * to without a value: `bond` alone is bond0 with eth0 and eth1 (dracut.cmdline(7)).
 */
export function isNetworkArgument({ name }: KernelArgument): boolean {
  return networkNames.has(name);
}
