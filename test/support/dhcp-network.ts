import { join } from 'node:path';
import { execa } from 'execa';
import { holdNetwork } from './hold-network.ts';

/** A machine as its firmware or loader asks: option 93, the vendor class, whether it is iPXE. */
export interface Asking {
  readonly architecture: number;
  readonly vendor?: 'PXEClient' | 'HTTPClient';
  readonly isIpxe?: boolean;
}

/** What it gets in the end: an address from whoever gives one, and the file to boot. */
export interface Got {
  readonly address?: string;
  readonly file?: string;
  /** Of the server of the file. */
  readonly nextServer?: string;
}

/** Of the card of the machine that boots; it may ask under others. */
export const machineMac = '52:54:00:ff:00:50';

/**
 * A network of its own: a switch, and on it the server (192.0.2.1, interface `lan`), a machine that
 * boots (192.0.2.50), and another DHCP server's place (192.0.2.254). Needs root.
 */
export class DhcpNetwork implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #pids: Readonly<Record<'server' | 'machine' | 'other', number>>;

  private constructor(stack: AsyncDisposableStack, pids: DhcpNetwork['pids']) {
    this.#stack = stack;
    this.#pids = pids;
  }

  get pids() {
    return this.#pids;
  }

  static async create(): Promise<DhcpNetwork> {
    await using stack = new AsyncDisposableStack();
    const [server, machine, other] = [
      await holdNetwork(stack),
      await holdNetwork(stack),
      await holdNetwork(stack),
    ] as const;
    const ip = (pid: number, command: string) =>
      execa('nsenter', ['-t', `${pid}`, '-n', 'ip', ...command.split(' ')]);
    await ip(server, 'link set lo up');
    await ip(server, 'link add lan type bridge');
    await ip(server, 'addr add 192.0.2.1/24 dev lan');
    await ip(server, 'link set lan up');
    for (const [name, pid, address] of [
      ['machine', machine, '192.0.2.50'],
      ['other', other, '192.0.2.254'],
    ] as const) {
      const card = name === 'machine' ? `lan address ${machineMac}` : 'lan';
      await ip(server, `link add ${name} type veth peer name ${card} netns ${pid}`);
      await ip(server, `link set ${name} master lan up`);
      await ip(pid, `addr add ${address}/24 dev lan`);
      await ip(pid, 'link set lo up');
      await ip(pid, 'link set lan up');
    }
    return new DhcpNetwork(stack.move(), { server, machine, other });
  }

  /** Starts a program at one of the three places; it ends with the network. */
  start(place: 'server' | 'machine' | 'other', command: readonly string[]) {
    const args = ['-t', `${this.#pids[place]}`, '-n', ...command];
    const child = execa('nsenter', args, { reject: false, all: true });
    this.#stack.defer(async () => {
      child.kill();
      await child;
    });
    return child;
  }

  /** Asks as several machines at once do; the answers in the same order. */
  async boot(machines: readonly Asking[]): Promise<readonly Got[]> {
    const client = join(import.meta.dirname, 'pxe-client.py');
    const args = ['-t', `${this.#pids.machine}`, '-n', 'python3', client, JSON.stringify(machines)];
    return JSON.parse((await execa('nsenter', args)).stdout) as readonly Got[];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
