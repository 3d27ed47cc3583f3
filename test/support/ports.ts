import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port on which nothing listens, for a server that starts late or never. */
export async function reservePort(): Promise<number> {
  const holder = createTcpServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, 'close');
  return port;
}

/** Resolves when something accepts connections on a port. */
export async function accepting(port: number, host = '127.0.0.1'): Promise<void> {
  for (;;) {
    const socket = connect(port, host);
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(10);
    } finally {
      socket.destroy();
    }
  }
}
