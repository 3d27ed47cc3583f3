import { execa } from 'execa';
import { holdNetwork } from './hold-network.ts';

/** A rack: its cache is at 198.18.0.10 and up for the server, at 198.18.10.1 and up for its machines. */
export interface Rack {
  readonly cachePid: number;
  readonly machinesPid: number;
  /** Of the cache, as its machines reach it. */
  readonly cacheAddress: string;
}

/**
 * A server at 198.18.0.1 and racks with a cache each, in network namespaces. What the server sends
 * together, and what each cache sends to its machines, is limited in bits per second. Needs root.
 */
export async function rackNetwork(
  stack: AsyncDisposableStack,
  options: { readonly racks: number; readonly serverBits: number; readonly cacheBits: number },
): Promise<{ readonly serverPid: number; readonly racks: readonly Rack[] }> {
  const [switchPid, serverPid] = [await holdNetwork(stack), await holdNetwork(stack)];
  await run(switchPid, 'ip link add lan type bridge');
  await run(switchPid, 'ip link set lan up');
  await plug(switchPid, 'server', serverPid, '198.18.0.1');
  await limit(serverPid, 'lan', options.serverBits);
  const racks: Rack[] = [];
  for (let number = 10; number < 10 + options.racks; number++) {
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

async function run(pid: number, command: string): Promise<void> {
  await execa('nsenter', ['-t', `${pid}`, '-n', ...command.split(' ')]);
}
