import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { edgeConfig, originConfig } from '../../src/provision/scale/nginx-config.ts';
import { holdNetwork } from './hold-network.ts';

/** A rack: its cache is at 198.18.0.10 and up for the server, at 198.18.10.1 and up for its machines. */
export interface Rack {
  readonly cachePid: number;
  readonly machinesPid: number;
  /** Of the cache, as its machines reach it. */
  readonly cacheAddress: string;
}

/** Of a machine in a rack, both counted from 0, where machines have addresses of their own. */
export const machineAddress = (rack: number, inRack: number) =>
  `198.18.${firstRack + rack}.${firstMachine + inRack}`;
const firstRack = 10;
const firstMachine = 10;

/**
 * A server at 198.18.0.1 and racks with a cache each, in network namespaces. What the server sends
 * together, and what each cache sends to its machines, is limited in bits per second. With `machines`,
 * so many in each rack have an address, and reach the server through the host of their cache. Needs root.
 */
export async function rackNetwork(
  stack: AsyncDisposableStack,
  options: {
    readonly racks: number;
    readonly serverBits: number;
    readonly cacheBits: number;
    readonly machines?: number;
  },
): Promise<{ readonly serverPid: number; readonly racks: readonly Rack[] }> {
  const [switchPid, serverPid] = [await holdNetwork(stack), await holdNetwork(stack)];
  await run(switchPid, 'ip link add lan type bridge');
  await run(switchPid, 'ip link set lan up');
  await plug(switchPid, 'server', serverPid, '198.18.0.1');
  await run(serverPid, 'ip link set lo up');
  await limit(serverPid, 'lan', options.serverBits);
  const racks: Rack[] = [];
  for (let number = firstRack; number < firstRack + options.racks; number++) {
    const [cachePid, machinesPid] = [await holdNetwork(stack), await holdNetwork(stack)];
    await plug(switchPid, `rack${number}`, cachePid, `198.18.0.${number}`);
    await run(cachePid, `ip link add rack type veth peer name lan netns ${machinesPid}`);
    for (const [pid, card, host] of [
      [cachePid, 'rack', 1],
      [machinesPid, 'lan', 2],
    ] as const) {
      await run(pid, `ip addr add 198.18.${number}.${host}/24 dev ${card}`);
      await run(pid, `ip link set ${card} up`);
    }
    await limit(cachePid, 'rack', options.cacheBits);
    if (options.machines !== undefined) {
      const addresses = Array.from({ length: options.machines }, (_, inRack) =>
        machineAddress(number - firstRack, inRack),
      );
      const commands = addresses.map((address) => `addr add ${address}/24 dev lan`);
      await run(machinesPid, 'ip -batch -', commands.join('\n'));
      await run(machinesPid, `ip route add default via 198.18.${number}.1`);
      await run(cachePid, 'tee /proc/sys/net/ipv4/ip_forward', '1');
      await run(serverPid, `ip route add 198.18.${number}.0/24 via 198.18.0.${number}`);
    }
    racks.push({ cachePid, machinesPid, cacheAddress: `198.18.${number}.1` });
  }
  return { serverPid, racks };
}

async function plug(switchPid: number, name: string, pid: number, address: string): Promise<void> {
  await run(switchPid, `ip link add ${name} type veth peer name lan netns ${pid}`);
  await run(switchPid, `ip link set ${name} master lan up`);
  await run(pid, `ip addr add ${address}/24 dev lan`);
  await run(pid, 'ip link set lan up');
}

async function limit(pid: number, card: string, bits: number): Promise<void> {
  // Large packets, which the kernel cuts late, would not fit into the bucket.
  await run(pid, `tc qdisc add dev ${card} root tbf rate ${bits} burst 128k latency 400ms`);
}

async function run(pid: number, command: string, input = ''): Promise<void> {
  await execa('nsenter', [...inNetwork(pid), ...command.split(' ')], { input });
}

/** Arguments of nsenter(1), in front of a command. */
export const inNetwork = (pid: number) => ['-t', `${pid}`, '-n'];

/** nginx in a network, with files of its own in `directory`. */
export async function startNginx(
  stack: AsyncDisposableStack,
  pid: number,
  directory: string,
  config: string,
): Promise<{
  /** As by `kill -9`, and with all its workers. */
  kill(): Promise<void>;
  /** Of assets, to whom it sent them. */
  sentBytes(): Promise<number>;
}> {
  await mkdir(directory, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(directory, 'nginx.conf'),
    `daemon off; user root; pid ${directory}/pid; events {}
    http {
      log_format sent '$body_bytes_sent $uri'; access_log ${directory}/sent.log sent;
      ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n')}
      ${config}
    }`,
  );
  const args = ['-p', directory, '-e', 'stderr', '-c', join(directory, 'nginx.conf')];
  const child = execa('nsenter', [...inNetwork(pid), 'nginx', ...args], { reject: false });
  stack.defer(async () => {
    child.kill();
    await child;
  });
  return {
    async kill() {
      const workers = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
      child.kill('SIGKILL');
      for (const worker of workers.trim().split(' ')) process.kill(Number(worker), 'SIGKILL');
      await child;
    },
    async sentBytes() {
      const log = await readFile(join(directory, 'sent.log'), 'utf8');
      const sent = log.matchAll(/^(\d+) \/assets\//gm);
      return [...sent].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
    },
  };
}

/** The server of the assets in a fleet's directory, in front of `coreos-provision` at a port of its network. */
export async function startOrigin(
  stack: AsyncDisposableStack,
  serverPid: number,
  directory: string,
  fleet: { readonly directory: string; readonly url: string; readonly port: number },
) {
  const upstreamUrl = `http://127.0.0.1:${fleet.port}`;
  return await startNginx(stack, serverPid, directory, originConfig({ ...fleet, upstreamUrl }));
}

/** The cache of a rack, with its files in `directory`. Its slices are a hundredth, as the bytes are. */
export async function startCache(
  stack: AsyncDisposableStack,
  { cachePid }: Rack,
  directory: string,
  originUrl: string,
) {
  const config = edgeConfig({ originUrl, port: 8080, cacheDirectory: join(directory, 'cached') });
  return await startNginx(stack, cachePid, directory, config.replace('slice 16m', 'slice 160k'));
}
