import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, rm } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ParameterError } from '../../lib/errors.ts';
import { replaceFile } from '../../lib/replace-file.ts';
import { CommandError, type FollowedTool, follow } from '../../system/run-command.ts';
import { type AddressesAsked, networkOf, planAddresses, planBoot } from './dhcp-plan.ts';
import { DhcpMemory } from './dhcp-seen.ts';
import { dnsmasqConfig } from './dnsmasq-config.ts';
import { endPredecessor } from './end-predecessor.ts';
import { findDhcpServer } from './find-dhcp-server.ts';
import { findLoaders, tftpDirectory } from './loaders.ts';

export interface DhcpAsked {
  /** `proxy`: another server gives the addresses. `server`: ours does. */
  readonly mode: 'proxy' | 'server';
  readonly interface: string;
  /** For `server`. */
  readonly addresses: AddressesAsked;
}

export interface DhcpOptions {
  /** Of the fleet's files; the config, and what was seen of machines, are in its `state/`. */
  readonly directory: string;
  /** As in fleet.yaml. */
  readonly url: string;
  readonly asked: DhcpAsked;
  /** A line for the operator. */
  readonly say: (line: string) => void;
}

/** The file in `state/` with `DhcpSeen[]`, for `doctor`. */
export const dhcpSeenPath = (directory: string) => join(directory, 'state/dhcp-seen.json');

/** Ends what a server that was killed has left, and forgets what it saw: with or without `--dhcp` now. */
export async function clearDhcp(directory: string): Promise<void> {
  await endPredecessor(join(directory, 'state/dnsmasq.pid'));
  await rm(dhcpSeenPath(directory), { force: true });
}

/**
 * Runs dnsmasq as `serve --dhcp proxy|server` asks, until disposed of; starts it again when it ends.
 * Resolves when it answers. Throws a `ParameterError` without the privileges, for addresses that are
 * wrong, for `proxy` with GRUB, and for `server` where another DHCP server answers (that takes six seconds to find out); an
 * `InputError` without loaders or network; a `WriteError` with dnsmasq's own words.
 */
export async function startDhcp({
  directory,
  url,
  asked,
  say,
}: DhcpOptions): Promise<AsyncDisposable> {
  requirePrivileges();
  const state = join(directory, 'state');
  const local = networkOf(asked.interface, networkInterfaces());
  const loaders = await findLoaders(directory);
  if (asked.mode === 'proxy' && loaders.x64 === 'shimx64.efi') throw noConfigForGrub();
  const boot = planBoot(url, loaders, local.address);
  const addresses = asked.mode === 'server' ? planAddresses(asked.addresses, local) : undefined;
  await mkdir(state, { recursive: true, mode: 0o700 });
  if (addresses !== undefined) await refuseOthers(local.address, asked.interface);
  await using stack = new AsyncDisposableStack();
  const tftpRoot = await publicLoaders(directory, stack);
  const config = join(state, 'dnsmasq.conf');
  await replaceFile(config, dnsmasqConfig(boot, local, { tftpRoot, state }, addresses));

  const memory = stack.use(savedMemory(directory));
  const first = start(config, memory.read);
  stack.use(first.tool);
  const failure = await Promise.race([first.isReady, first.tool.ended]);
  if (failure !== undefined) throw new CommandError('dnsmasq', failure.said);
  stack.use(keepRunning(first.tool, () => start(config, memory.read).tool, say));
  return stack.move();
}

interface Started {
  readonly tool: FollowedTool;
  readonly isReady: Promise<undefined>;
}

function start(config: string, read: (line: string) => void): Started {
  const { promise: isReady, resolve } = Promise.withResolvers<undefined>();
  const args = ['--keep-in-foreground', '--log-facility=-', `--conf-file=${config}`];
  const tool = follow('dnsmasq', args, (line) => {
    // The last line of its start.
    if (/^dnsmasq-tftp\S*: TFTP root is /.test(line)) resolve(undefined);
    read(line);
  });
  return { tool, isReady };
}

/** Starts it again after 1 second, 2, 4 and so on to 60; from 1 again once it has run for a minute. */
function keepRunning(
  first: FollowedTool,
  again: () => FollowedTool,
  say: (line: string) => void,
): AsyncDisposable {
  const stop = new AbortController();
  let tool = first;
  const loop = async () => {
    for (let pauseMs = 1000; ; pauseMs = Math.min(pauseMs * 2, 60_000)) {
      const startMs = performance.now();
      const { said } = await tool.ended;
      if (stop.signal.aborted) return;
      if (performance.now() - startMs > 60_000) pauseMs = 1000;
      say(
        `dnsmasq ended: ${said}. Until it runs again, in ${pauseMs / 1000} s, no machine can boot from the network.`,
      );
      await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      tool = again();
    }
  };
  const looping = loop();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await tool[Symbol.asyncDispose]();
      await looping;
    },
  };
}

/** What was seen is written at most once a second. */
function savedMemory(directory: string): AsyncDisposable & { read(line: string): void } {
  const memory = new DhcpMemory();
  let timer: NodeJS.Timeout | undefined;
  let saving = Promise.resolve();
  const save = () => {
    timer = undefined;
    const text = JSON.stringify(memory.machines);
    saving = saving.then(() => replaceFile(dhcpSeenPath(directory), text)).catch(() => {});
  };
  return {
    read(line) {
      if (memory.read(line, Date.now())) timer ??= setTimeout(save, 1000);
    },
    async [Symbol.asyncDispose]() {
      if (timer !== undefined) {
        clearTimeout(timer);
        save();
      }
      await saving;
    },
  };
}

/**
 * A directory with the loaders that dnsmasq can read after it has given up root: what is above the
 * fleet's files may be private.
 */
async function publicLoaders(directory: string, stack: AsyncDisposableStack): Promise<string> {
  const own = tftpDirectory(directory);
  if (process.geteuid?.() !== 0) return own;
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  const copy = `/run/coreos-provision-tftp-${name}`;
  const remove = () => rm(copy, { recursive: true, force: true });
  // It may have been left by one that was killed.
  await remove();
  stack.defer(remove);
  await cp(own, copy, { recursive: true, dereference: true });
  await chmod(copy, 0o755);
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
    next: 'Use --dhcp server, or coreos-provision dhcp-config for that server; or, if no machine has Secure Boot on, remove shimx64.efi.',
  });

async function refuseOthers(address: string, name: string): Promise<void> {
  const refuse = (why: string, next: string) =>
    new ParameterError({
      code: 'dhcp-server-present',
      failed: `Cannot give addresses on ${name}`,
      why,
      next,
    });
  const other = await findDhcpServer(address).catch((error: Error) => {
    throw refuse(
      `it cannot be found out whether another server does (${error.message})`,
      'End the DHCP client of this machine: a server has a fixed address.',
    );
  });
  if (other !== undefined)
    throw refuse(`the DHCP server ${other} already does`, 'Use --dhcp proxy, or end that server.');
}

/** CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW: capabilities(7). */
const needed = [10, 12, 13].reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);

/** A child gets the effective capabilities of root, and the ambient ones of others. */
function requirePrivileges(): void {
  const field = process.geteuid?.() === 0 ? 'CapEff' : 'CapAmb';
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, hex = '0'] = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status) ?? [];
  if ((BigInt(`0x${hex}`) & needed) === needed) return;
  throw new ParameterError({
    code: 'not-root',
    failed: 'Cannot start dnsmasq',
    why: 'it needs the capabilities CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW',
    next: 'Run this as root, or with AmbientCapabilities= of systemd; or use --dhcp none.',
  });
}
