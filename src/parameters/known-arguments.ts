import { closest } from 'fastest-levenshtein';
import type { KernelArgument } from './kernel-cmdline.ts';
import { flagPlaces, valuePlaces } from './places.ts';

/** The spelling in a published guide, which people have copied. */
export const misspelledDevice = 'coreos.coreos.inst.install_dev';

const known = [
  'coreos.inst',
  ...Object.values({ ...valuePlaces, ...flagPlaces }).map(({ argument }) => argument),
];

/** A note on every argument that looks like one of the installer's and is none. */
export function notesOnUnknown(kernel: readonly KernelArgument[]): string[] {
  const names = new Set(kernel.map((argument) => argument.name));
  return [...names]
    .filter((name) => /^(coreos\.)+inst\./i.test(name))
    .filter((name) => !known.includes(name) && name !== misspelledDevice)
    .map(
      (name) => `The kernel argument ${name} is unknown; the nearest is ${closest(name, known)}.`,
    );
}

/** Kernel arguments that set up the network. */
export const networkNames: ReadonlySet<string> = new Set([
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

/** Whether the argument sets up the network and is kept for the first boot. */
export function isNetworkArgument({ name, value }: KernelArgument): boolean {
  return value !== undefined && networkNames.has(name);
}
