import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { FakeControl } from '../../../support/fake-control.ts';
import { provisionServer } from '../../../support/provision-server.ts';

test('a loader that has given up is no machine that asks', async () => {
  await using server = await provisionServer(new FakeControl());
  for (let round = 0; round < 20; round += 1) {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    // The end with the request, as it is read where a server was busy for longer than a loader waits.
    socket.end('GET /ipxe?mac=52-54-00-00-00-01 HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.resume();
    await closed;
  }
  expect(server.control.calls).toEqual([]);
  await server.ask('/ipxe?mac=52-54-00-00-00-02');
  expect(server.control.calls).toMatchObject([
    { name: 'ask', args: [{ mac: '52:54:00:00:00:02' }, '127.0.0.1'] },
  ]);
});
