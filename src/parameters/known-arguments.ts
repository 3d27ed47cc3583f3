import { distance } from 'fastest-levenshtein';
import type { KernelArgument } from './kernel-cmdline.ts';
import { allParameters, optionNames, type ParameterKey, parameterKeys } from './parameters.ts';

/** Whether the installed system keeps the network configuration of the first boot: on or off. */
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
 * Whether the argument sets up the network and is passed to the first boot. Some need no value:
 * `bond` alone is bond0 with eth0 and eth1 (dracut.cmdline(7)).
 */
export function isNetworkArgument({ name }: KernelArgument): boolean {
  return networkNames.has(name);
}

/** What a misspelled argument probably means. */
export interface Meant {
  readonly argument: string;
  readonly key: ParameterKey | 'additionalOptions';
}

/** Every argument that gives a parameter. */
export const known: readonly Meant[] = [
  ...parameterKeys.map((key) => ({ key, argument: allParameters[key].argument })),
  ...persistenceNames.map((argument) => ({ key: 'additionalOptions', argument }) as const),
];

const prefix = /^(coreos[._-])+(inst(all(er)?)?[._-])?/;
const ours = /^(coreos[._-])+inst(all(er)?)?[._-]/i;

/** Whether the beginning of the name says that it is for the installer. */
export function isOurs(name: string): boolean {
  return ours.test(name);
}

/**
 * The argument that a misspelled one is most similar to: other separators or capitals, the name of the
 * option or of the file instead, no `inst.`, or a few letters wrong. Undefined if none is similar: a
 * wrong guess helps less than none.
 */
export function nearest(name: string): Meant | undefined {
  const lower = name.toLowerCase();
  const end = letters(lower.replace(prefix, ''));
  // Other programs have a `coreos.key`, but none a `coreos.image_url`.
  if (prefix.test(lower) && (isOurs(name) || end.length >= longName)) {
    const same = known.find((meant) => otherNames(meant).includes(end));
    if (same) return same;
  }
  const [closest] = known
    .map((meant) => ({ meant, letters: distance(lower, meant.argument) }))
    .sort((a, b) => a.letters - b.letters);
  const tolerance = end.length < longName ? 1 : 2;
  return closest && closest.letters <= tolerance ? closest.meant : undefined;
}

const longName = 6;

const letters = (text: string) => text.replaceAll(/[._-]/g, '').toLowerCase();

function otherNames({ argument, key }: Meant): string[] {
  const names = [argument.replace(prefix, '')];
  if (key !== 'additionalOptions')
    names.push(optionNames(key)?.property ?? '', allParameters[key].file);
  return names.map(letters).filter(Boolean);
}
