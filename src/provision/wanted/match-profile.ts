import { BlockList, isIP } from 'node:net';
import type { MachineQuery, ProfileMatch } from '../model.ts';

/**
 * The profile for a machine that no line names, by what it says of itself and the address that it
 * asks from. That is a proposal for a human: no installation follows from it.
 */
export function matchProfile(
  query: MachineQuery,
  sourceIp: string,
  matches: readonly ProfileMatch[],
): string | undefined {
  return matches.find(
    ({ vendor, product, subnet }) =>
      (vendor === undefined || sameText(vendor, query.vendor)) &&
      (product === undefined || sameText(product, query.product)) &&
      (subnet === undefined || contains(subnet, sourceIp)),
  )?.profile;
}

/** The more specific one first: more conditions, then the smaller subnet. */
export function bySpecificity(one: ProfileMatch, other: ProfileMatch): number {
  return conditions(other) - conditions(one) || prefixOf(other) - prefixOf(one);
}

/** Whether some machine meets both, and neither is more specific. */
export function clash(one: ProfileMatch, other: ProfileMatch): boolean {
  const differ = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && !sameText(a, b);
  return (
    bySpecificity(one, other) === 0 &&
    !differ(one.vendor, other.vendor) &&
    !differ(one.product, other.product) &&
    (one.subnet === undefined ||
      other.subnet === undefined ||
      contains(one.subnet, other.subnet.replace(/\/.*/, '')))
  );
}

/** Whether it is an address, a slash and the length of a prefix that fits it. */
export function isSubnet(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const most = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= most;
}

const conditions = ({ vendor, product, subnet }: ProfileMatch) =>
  [vendor, product, subnet].filter((condition) => condition !== undefined).length;

const prefixOf = ({ subnet = '/0' }: ProfileMatch) => Number(subnet.split('/')[1]);

const sameText = (one: string, other = '') =>
  one.trim().toLowerCase() === other.trim().toLowerCase();

function contains(subnet: string, address: string): boolean {
  const [network = '', prefix] = subnet.split('/');
  const block = new BlockList();
  block.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  return isIP(address) !== 0 && block.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
