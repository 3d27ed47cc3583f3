import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ControlAt } from '../../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../../support/fleet.ts';
import { basic, provisionServer } from '../../../support/provision-server.ts';

test.each([
  ['/v1/notice', '', 401],
  ['/v1/progress', 'Authorization: Basic eDp5\r\n', 403],
  ['/api/v1/hold', '', 401],
  ['/api/v1/machines/node-1/reinstall', 'Authorization: Bearer x\r\n', 401],
])('who may not post to %s is refused before the body has come', async (path, header, status) => {
  await using server = await provisionServer(new ControlAt(fleetOf(manyMachines(1))).control);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${header}Content-Length: 60000\r\n\r\nfirst`);
  const [answer] = await once(socket, 'data');
  expect(`${answer}`).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  socket.destroy();
});

test('with a permit that was given out, the rule decides', async () => {
  const at = new ControlAt(fleetOf(manyMachines(1)));
  await using server = await provisionServer(at.control);
  const { id, token } = at.permit(1);
  const body = JSON.stringify({ result: 'installed' });
  const post = (word: string) =>
    server.ask('/v1/notice', { method: 'POST', headers: basic(id, word), body });
  expect((await post('other')).status).toBe(403);
  expect((await post(token)).status).toBe(204);
  expect((await post(token)).status).toBe(204);
});

test('a refusal by the socket is logged, and a loader’s question by it is answered', async () => {
  await using server = await provisionServer(new ControlAt(fleetOf(manyMachines(1))).control);
  const by = server.local;
  expect((await server.ask('/api/v1/machines/none', { by })).status).toBe(404);
  expect(server.logged).toEqual(['socket GET /api/v1/machines/none 404']);
  expect((await server.ask('/ipxe?mac=52:54:00:00:00:01', { by })).status).toBe(200);
});
