import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

/** A port that nobody listens on, for a server that starts late or never. */
export async function reservePort(): Promise<number> {
  const holder = createTcpServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, 'close');
  return port;
}
