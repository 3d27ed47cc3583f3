import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { holdNetwork } from '../../support/hold-network.ts';
import { endProcess } from './end-process.ts';

/** The server's address on the bridge. */
export const rackAddress = '192.0.2.1';

/** What machines may get, from whoever gives addresses. */
export const addressRange = ['192.0.2.100', '192.0.2.199'] as const;

/** A switch that leads nowhere else. Leaving its scope removes it, with all that is plugged in. */
export interface Rack extends AsyncDisposable {
  /** What a command begins with that runs where the switch is; it replaces itself by that command. */
  readonly inside: readonly string[];
  /** The kernel's name of the cable of machine `number`, which begins at 0. */
  readonly cable: (number: number) => string;
}

/**
 * A bridge in a network namespace of its own, with an address of ours and a cable for each machine.
 * Nothing in it reaches this machine's network; everything that runs in it ends with it.
 */
export async function setUpRack(machines: number): Promise<Rack> {
  await using stack = new AsyncDisposableStack();
  const pid = await holdNetwork(stack);
  const cable = (number: number) => `cable${number}`;
  const cables = Array.from({ length: machines }, (_, number) => cable(number));
  const inside = insideOf(pid);
  await run(
    inside,
    `ip link set lo up
ip link add rack type bridge forward_delay 0
ip address add ${rackAddress}/24 dev rack
ip link set rack up
# A bridge is up while something that is up is plugged in; machines come later.
ip link add loop type veth peer name end
ip link set loop master rack up
ip link set end up
for cable in ${cables.join(' ')}; do
  ip tuntap add $cable mode tap
  ip link set $cable master rack up
done`,
  );
  const owned = stack.move();
  return { inside, cable, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A DHCP server. Leaving its scope ends it. */
export interface ForeignDhcp extends AsyncDisposable {
  /** Its log until now. */
  text(): string;
}

/**
 * Plugs in what is in most networks before us: a DHCP server, at another address, that gives addresses and
 * knows nothing of booting; `options` of dnsmasq may change that. Resolves when it answers.
 */
export async function startForeignDhcp(
  rack: Rack,
  options: readonly string[] = [],
): Promise<ForeignDhcp> {
  await using stack = new AsyncDisposableStack();
  const pid = await holdNetwork(stack);
  await run(
    rack.inside,
    `ip link add foreign type veth peer name lan netns ${pid}
ip link set foreign master rack up`,
  );
  const inside = insideOf(pid);
  await run(inside, 'ip link set lo up\nip address add 192.0.2.254/24 dev lan\nip link set lan up');
  const range = `--dhcp-range=${addressRange.join(',')},1h`;
  const text = await startDnsmasq(inside, 'lan', [range, ...options], 'DHCP, IP range');
  const owned = stack.move();
  return { text, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The network of {@link startRouter}. */
export const ipv6Prefix = '2001:db8::';

/** Gives the rack IPv6 by router advertisements, and nothing else. It ends with the rack. */
export async function startRouter({ inside }: Rack): Promise<void> {
  await run(inside, `ip address add ${ipv6Prefix}1/64 dev rack nodad`);
  const options = ['--enable-ra', `--dhcp-range=${ipv6Prefix},ra-only`];
  await startDnsmasq(inside, 'rack', options, 'router advertisement on');
}

/** Starts dnsmasq, which ends with its network. Resolves, once its log has some words, with how to read that. */
async function startDnsmasq(
  inside: readonly string[],
  card: string,
  options: readonly string[],
  started: string,
): Promise<() => string> {
  const child = startInside(inside, [
    ...['dnsmasq', '--keep-in-foreground', '--log-facility=-', '--conf-file=/dev/null'],
    ...['--port=0', `--interface=${card}`, '--bind-interfaces', '--leasefile-ro', '--no-ping'],
    ...['--pid-file=', ...options],
  ]);
  return await logWith(child, started);
}

function startInside(inside: readonly string[], program: readonly string[]): ChildProcess {
  const [command = '', ...words] = [...inside, ...program];
  return spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

/** Resolves as soon as what it prints contains some words. */
async function logWith(child: ChildProcess, started: string): Promise<() => string> {
  const lines: string[] = [];
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  for (const input of [child.stdout, child.stderr])
    createInterface({ input: input as Readable }).on('line', (line) => {
      lines.push(line);
      if (line.includes(started)) resolve();
    });
  child.once('close', () =>
    reject(new Error(`${child.spawnargs.join(' ')} ended:\n${lines.join('\n')}`)),
  );
  await ready;
  return () => lines.join('\n');
}

/**
 * Starts an HTTP proxy at port 3128 of the rack's address, which alone knows where `name` is: there. It
 * ends with the rack.
 */
export async function startProxy({ inside }: Rack, name: string, directory: string): Promise<void> {
  const [hosts, config] = [join(directory, 'hosts'), join(directory, 'tinyproxy.conf')];
  writeFileSync(hosts, `${rackAddress} ${name}\n`);
  writeFileSync(config, `Listen ${rackAddress}\nPort 3128\nTimeout 60\nLogLevel Info\n`);
  const script = 'mount --bind "$1" /etc/hosts; exec tinyproxy -d -c "$2"';
  const command = ['unshare', '--mount', 'sh', '-euc', script, 'sh', hosts, config];
  await logWith(startInside(inside, command), 'Accepting connections');
}

/**
 * Makes a port of the rack's address reachable at a port of 127.0.0.1, for a browser on this machine.
 * Leaving its scope ends it.
 */
export async function reachFromHere(
  { inside }: Rack,
  port: number,
): Promise<AsyncDisposable & { readonly url: string }> {
  const [command = '', ...words] = [...inside, 'socat', '-', `TCP:${rackAddress}:${port}`];
  const open = new Set<Socket>();
  const server = createServer((browser) => {
    open.add(browser);
    const relay = spawn(command, words, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    browser.pipe(relay.stdin);
    relay.stdout.pipe(browser);
    for (const end of [browser, relay.stdin, relay.stdout])
      end.on('error', () => browser.destroy());
    browser.once('close', () => {
      relay.kill();
      open.delete(browser);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const browser of open) browser.destroy();
      await closed;
    },
  };
}

/**
 * Makes a port of 127.0.0.1 on this machine reachable as port 8080 of the rack's address, by way of a socket
 * with that path. Leaving its scope ends it.
 */
export async function reachFromRack(
  { inside }: Rack,
  port: number,
  path: string,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const relay = createServer((machine) => {
    const server = connect(port, '127.0.0.1');
    machine.pipe(server).pipe(machine);
    for (const end of [machine, server])
      end.on('error', () => {
        machine.destroy();
        server.destroy();
      });
  });
  stack.defer(async () => {
    const closed = once(relay, 'close');
    relay.close();
    await closed;
  });
  await once(relay.listen(path), 'listening');
  const listen = 'TCP6-LISTEN:8080,ipv6only=0,fork,reuseaddr';
  const child = startInside(inside, ['socat', '-d', '-d', listen, `UNIX-CONNECT:${path}`]);
  stack.defer(() => endProcess(child));
  await logWith(child, 'listening on');
  const owned = stack.move();
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const insideOf = (pid: number) => ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];

async function run([command = '', ...words]: readonly string[], script: string): Promise<void> {
  await execa(command, [...words, 'sh', '-euc', script]);
}
