import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { settleAll } from '../../lib/promises.ts';
import { run } from '../run-command.ts';
import { parseLinks, parseRoutes, parseRules } from './ip-output.ts';
import type { Leases, NetworkState } from './network-state.ts';

export interface ReadNetworkOptions {
  readonly signal?: AbortSignal;
  /** Where /sys, /run and /etc are. */
  readonly root?: string;
}

/** How the network of this system is configured now. Throws `CommandError` where `ip` fails. */
export async function readNetwork({
  signal,
  root = '/',
}: ReadNetworkOptions): Promise<NetworkState> {
  const ip = async <T>(parse: (text: string) => T[], ...args: string[]): Promise<T[]> =>
    parse((await run('ip', ['-json', ...args], signal ? { signal } : {})).stdout);
  const families = ['-4', '-6'];
  const links = await ip(parseLinks, '-details', 'address', 'show');
  const routes = await settleAll(
    families.map((family) => ip(parseRoutes, family, '-details', 'route', 'show')),
  );
  const rules = await settleAll(families.map((family) => ip(parseRules, family, 'rule', 'show')));
  const isCard = (name: string) => existsSync(join(root, 'sys/class/net', name, 'device'));
  return {
    links,
    routes: routes.flat(),
    rules: rules.flat(),
    cards: new Set(links.map(({ ifname }) => ifname).filter(isCard)),
    nameServers: await readNameServers(root),
    leases: await readLeases(join(root, 'run/systemd/netif')),
  };
}

/** Behind a server on this machine, those that systemd-resolved asks. */
async function readNameServers(root: string): Promise<string[]> {
  for (const path of ['etc/resolv.conf', 'run/systemd/resolve/resolv.conf']) {
    const text = await readFile(join(root, path), 'utf8').catch(() => '');
    const named = [...text.matchAll(/^nameserver[ \t]+([^\s%]+)/gm)].map(
      ([, server = '']) => server,
    );
    const servers = named.filter((server) => isIP(server) !== 0 && !/^(127\.|::1$)/.test(server));
    if (servers.length > 0) return [...new Set(servers)];
  }
  return [];
}

/** systemd-networkd keeps each lease in a file of its own, as lines `NAME=VALUE`. */
async function readLeases(directory: string): Promise<Leases | undefined> {
  const names = await readdir(join(directory, 'leases')).catch(() => undefined);
  if (names === undefined) return undefined;
  const texts = await settleAll(
    names.map((name) => readFile(join(directory, 'leases', name), 'utf8').catch(() => '')),
  );
  const valuesOf = (key: string) =>
    texts.flatMap((text) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.split(' ') ?? []);
  return { addresses: new Set(valuesOf('ADDRESS')), nameServers: new Set(valuesOf('DNS')) };
}
