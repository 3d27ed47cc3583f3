import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The server's address on the bridge, and the network that it is in. */
export const rackAddress = '192.0.2.1';

/** A switch that leads nowhere else. Leaving its scope removes it, with all that is plugged in. */
export interface Rack extends AsyncDisposable {
  /** What a command begins with that runs where the switch is; it replaces itself by that command. */
  readonly inside: readonly string[];
  /** The kernel's name of the cable of machine `number`, which begins at 0. */
  readonly cable: (number: number) => string;
}

/**
 * A bridge in a network namespace of its own, with an address of ours and a cable for each machine.
 * Nothing in it reaches this machine's network.
 */
export async function setUpRack(machines: number): Promise<Rack> {
  const cable = (number: number) => `cable${number}`;
  const cables = Array.from({ length: machines }, (_, number) => cable(number));
  const script = `
ip link set lo up
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
done
echo ready
exec cat`;
  // The namespace ends with the last process in it; this one ends with our end of the pipe.
  const holder = spawn('unshare', ['--net', 'sh', '-euc', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const ready = once(holder.stdout, 'data');
  const [first] = await Promise.race([ready, ended]);
  if (String(first).trim() !== 'ready')
    throw new Error('cannot make a network namespace with a bridge');
  return {
    inside: ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--'],
    cable,
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await ended;
    },
  };
}
