import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ParameterError } from '../../lib/errors.ts';
import type { LocalNetwork } from './address-plan.ts';

/**
 * Whether a DHCP server answers in a network: one DHCPDISCOVER (RFC 2131), repeated, and nothing is
 * requested of what is offered. No program for that is in every system: nmap and dhclient are rarely
 * installed on servers, and dnsmasq cannot ask.
 */

const cookie = Buffer.from([0x63, 0x82, 0x53, 0x63]);
const sendAtMs = [0, 1000, 2500];
/** dnsmasq tests an address by ping for up to three seconds before it offers it. */
const waitMs = 6000;

/**
 * Resolves with the address of the first server that answers, or undefined. `address` is our own, of
 * the interface to ask on. Needs permission to use port 68.
 */
export async function findDhcpServer(address: string): Promise<string | undefined> {
  const xid = randomBytes(4);
  // Answers come to everybody's address. The kernel chooses the interface by the sender's address.
  await using receiver = await socketAt('0.0.0.0');
  await using sender = await socketAt(address);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const stop = () => resolve(undefined);
  receiver.socket.on('message', (message) => {
    const server = serverOf(message, xid);
    if (server !== undefined) resolve(server);
  });
  for (const { socket } of [receiver, sender]) socket.on('error', stop);
  const question = discover(xid);
  const timers = sendAtMs.map((ms) =>
    setTimeout(() => sender.socket.send(question, 67, '255.255.255.255', () => {}), ms),
  );
  timers.push(setTimeout(stop, waitMs));
  const found = await promise;
  for (const timer of timers) clearTimeout(timer);
  return found;
}

/** Throws a `ParameterError` where another server answers, or where that cannot be found out. */
export async function refuseOtherServers(local: Omit<LocalNetwork, 'netmask'>): Promise<void> {
  const refusal = (why: string, next: string) =>
    new ParameterError({
      code: 'dhcp-server-present',
      failed: `Cannot give addresses on ${local.interface}`,
      why,
      next,
    });
  const other = await findDhcpServer(local.address).catch((error: Error) => {
    throw refusal(
      `it cannot be found out whether another server does (${error.message})`,
      'End the DHCP client of this machine: a server has a fixed address.',
    );
  });
  if (other !== undefined)
    throw refusal(`the DHCP server ${other} already does`, 'Use --dhcp proxy, or end that server.');
}

async function socketAt(address: string): Promise<{ socket: Socket } & AsyncDisposable> {
  // A DHCP client of this machine may have the port as well.
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(68, address);
  await once(socket, 'listening');
  socket.setBroadcast(true);
  return { socket, [Symbol.asyncDispose]: async () => void (await socket.close()) };
}

/** With a locally administered MAC address of its own, and the broadcast flag: we have no such card. */
function discover(xid: Buffer): Buffer {
  const message = Buffer.alloc(300);
  message.set([1, 1, 6, 0], 0);
  message.set(xid, 4);
  message.writeUInt16BE(0x8000, 10);
  message.set([0x02, 0xc0, ...xid], 28);
  message.set(cookie, 236);
  message.set([53, 1, 1, 55, 1, 1, 255], 240);
  return message;
}

/** Of an offer that answers us: option 54. */
export function serverOf(message: Buffer, xid: Buffer): string | undefined {
  const isAnswer = message[0] === 2 && message.subarray(4, 8).equals(xid);
  if (!isAnswer || !message.subarray(236, 240).equals(cookie)) return undefined;
  for (let at = 240; at + 1 < message.length && message[at] !== 255; ) {
    if (message[at] === 0) at += 1;
    else {
      const length = message[at + 1] as number;
      if (message[at] === 54 && length === 4 && at + 6 <= message.length)
        return message.subarray(at + 2, at + 6).join('.');
      at += 2 + length;
    }
  }
  return undefined;
}
