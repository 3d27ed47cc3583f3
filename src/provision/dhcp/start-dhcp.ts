import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, cp, readdir, rm } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { ParameterError } from '../../lib/errors.ts';
import { type DhcpAsked, networkOf, planAddresses, urlWarning } from './address-plan.ts';
import { isForSecureBoot, planBoot } from './boot-plan.ts';
import { dnsmasqConfig } from './dnsmasq-config.ts';
import { type Dnsmasq, runDnsmasq } from './dnsmasq-process.ts';
import { refuseOtherServers } from './find-dhcp-server.ts';
import { findLoaders, tftpDirectory } from './loaders.ts';

export interface DhcpOptions extends Omit<Dnsmasq, 'config'> {
  /** As in fleet.yaml. */
  readonly url: string;
  readonly asked: DhcpAsked;
}

/**
 * Runs dnsmasq as `serve --dhcp proxy|server` asks, until disposed of; starts it again when it ends.
 * Resolves when it answers. Throws a `ParameterError` without the privileges, for addresses that are
 * wrong, for `proxy` with GRUB, and for `server` where another DHCP server answers (that takes six
 * seconds to find out); an `InputError` without loaders or network; a `WriteError` with dnsmasq's own
 * words.
 */
export async function startDhcp({ url, asked, ...dnsmasq }: DhcpOptions): Promise<AsyncDisposable> {
  requirePrivileges();
  const local = networkOf(asked.interface ?? '', networkInterfaces());
  const loaders = await findLoaders(dnsmasq.directory);
  if (asked.dhcp === 'proxy' && isForSecureBoot(loaders)) throw noConfigForGrub();
  const boot = planBoot(url, loaders, local.address);
  const addresses = asked.dhcp === 'server' ? planAddresses(asked, local) : undefined;
  const warning = urlWarning(url, asked, networkInterfaces());
  if (warning !== undefined) dnsmasq.say(warning);
  if (addresses !== undefined) await refuseOtherServers(local);
  await using stack = new AsyncDisposableStack();
  const tftpRoot = await publicLoaders(dnsmasq.directory, stack);
  const config = dnsmasqConfig(boot, local, tftpRoot, addresses);
  stack.use(await runDnsmasq({ ...dnsmasq, config }));
  return stack.move();
}

/**
 * A directory with the loaders that dnsmasq can read after it has given up root: what is above the
 * fleet's files, or they themselves, may be private.
 */
async function publicLoaders(directory: string, stack: AsyncDisposableStack): Promise<string> {
  const own = tftpDirectory(directory);
  if (process.geteuid?.() !== 0) return own;
  const copy = `/run/coreos-provision-tftp-${hash('sha256', directory).slice(0, 16)}`;
  const remove = () => rm(copy, { recursive: true, force: true });
  // It may have been left by one that was killed.
  await remove();
  stack.defer(remove);
  await cp(own, copy, { recursive: true, dereference: true });
  await chmod(copy, 0o755);
  for (const entry of await readdir(copy, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  return copy;
}

/**
 * GRUB takes the server of grub.cfg from the answer that has the address, not from the proxy's:
 * https://github.com/rhboot/grub2/issues/56.
 */
const noConfigForGrub = () =>
  new ParameterError({
    code: 'parameters-conflict',
    failed: 'Cannot boot machines with GRUB by --dhcp proxy',
    why: 'assets/tftp has shim and GRUB for all UEFI machines, and GRUB looks for its config on the DHCP server that gave the address',
    next: 'Use --dhcp server, or coreos-provision dhcp-config DIRECTORY for that server; or, if no machine has Secure Boot on, remove shimx64.efi.',
  });

/** CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW: capabilities(7). */
const needed = [10, 12, 13].reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);

function requirePrivileges(): void {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, hex = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if ((BigInt(`0x${hex}`) & needed) === needed) return;
  throw new ParameterError({
    code: 'not-root',
    failed: 'Cannot start dnsmasq',
    why: 'it needs the capabilities CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW',
    next: 'Run this as root, or with AmbientCapabilities= of systemd; or use --dhcp none.',
  });
}
