import { ParameterError } from '../../lib/errors.ts';
import type { Link, Route, Rule } from './ip-output.ts';

/** How the network of this system is configured now. */
export interface NetworkState {
  readonly links: readonly Link[];
  /** Of the main table, both address families. */
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** The interfaces that are network cards, including those of a virtual machine. */
  readonly cards: ReadonlySet<string>;
  /** The name servers that are in use. */
  readonly nameServers: readonly string[];
  /** What DHCP servers gave; undefined where systemd-networkd does not manage the network. */
  readonly leases: Leases | undefined;
}

export interface Leases {
  readonly addresses: ReadonlySet<string>;
  readonly nameServers: ReadonlySet<string>;
}

export const kindOf = ({ linkinfo }: Link): string | undefined => linkinfo.info_kind;
export const isUp = ({ flags }: Link): boolean => flags.includes('UP');

/** The addresses by which other machines reach it. */
export const globalAddresses = ({ addr_info }: Link) =>
  addr_info.filter(
    ({ family, scope, local }) =>
      (family === 'inet' || family === 'inet6') && scope === 'global' && local !== '',
  );

/** What kernel arguments cannot express. `what` names it. */
export function notExpressible(what: string, next: string): ParameterError {
  return new ParameterError({
    code: 'network-not-copyable',
    failed: 'Cannot copy the network of this system to the first boot',
    why: `no kernel argument expresses ${what}`,
    next: `${next} Or give the network of the first boot with ip= and others, without --copy-network.`,
  });
}
