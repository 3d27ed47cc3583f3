import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { MachineView } from '../../../../src/provision/rule/views.ts';
import type { StreamLimits } from '../../../../src/provision/serve/event-stream.ts';
import { changesBetween } from '../../../../src/provision/serve/view-changes.ts';
import { FakeControl, machineView } from '../../../support/fake-control.ts';
import { provisionServer } from '../../../support/provision-server.ts';

type Server = Awaited<ReturnType<typeof provisionServer<FakeControl>>>;
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function serverWith(stream: Partial<StreamLimits> = {}): Promise<Server> {
  const limits = { maxClients: 10, everyMs: 10, stuckMs: 30_000, aliveMs: 60_000, ...stream };
  const server = await provisionServer(new FakeControl(), { stream: limits });
  server.control.change({ machines: [machineView(1), machineView(2)] });
  opened.push(server);
  return server;
}

/** The events that a client gets, one after the other. */
async function watch({ port }: Server, lastEventId?: string, from = '192.0.2.1') {
  const headers = {
    'x-forwarded-for': from,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  const request = get({ host: '127.0.0.1', port, path: '/api/v1/stream', headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  response.setEncoding('utf8');
  let text = '';
  const next = async () => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end < 0) {
        const [more] = (await once(response, 'data')) as [string];
        text += more;
        continue;
      }
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const fields = Object.fromEntries(
        block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]),
      );
      if (fields['event'] === undefined) continue;
      return { event: fields['event'], id: fields['id'], data: JSON.parse(fields['data'] ?? '') };
    }
  };
  const close = async () => void request.destroy();
  opened.push({ [Symbol.asyncDispose]: close });
  return { response, next, close };
}

test('the whole view first, then what has changed', async () => {
  const server = await serverWith();
  const { response, next } = await watch(server);
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
  });
  expect(await next()).toMatchObject({ event: 'view', data: server.control.shown });
  const changed = machineView(2, { state: 'queued' });
  const [first] = server.control.shown.machines as [MachineView];
  server.control.change({ seq: 7, held: true, machines: [first, changed] });
  expect(await next()).toMatchObject({
    event: 'changes',
    data: { seq: 7, held: true, slots: { used: 0 }, machines: [changed], removed: [] },
  });
  server.control.change({ seq: 8, held: false, machines: [first] });
  expect((await next()).data).toMatchObject({ held: false, machines: [], removed: ['m2'] });
});

test('a client that comes back gets what it has missed; after a restart everything', async () => {
  const server = await serverWith();
  const first = await watch(server);
  const { id } = await first.next();
  await first.close();
  const [, second] = server.control.shown.machines as [MachineView, MachineView];
  server.control.change({ machines: [machineView(1, { attempts: 1 }), second] });
  server.control.change({ machines: [machineView(1, { attempts: 2 }), second] });
  const again = await watch(server, id);
  expect(await again.next()).toMatchObject({
    event: 'changes',
    data: { machines: [{ name: 'm1', attempts: 2 }], removed: [] },
  });
  for (const stale of ['0123456789ab-1', 'nonsense', `${id}9`])
    expect(await (await watch(server, stale)).next()).toMatchObject({ event: 'view' });
});

test('a heartbeat where nothing changes', async () => {
  const { next } = await watch(await serverWith({ aliveMs: 20 }));
  await next();
  expect(await next()).toEqual({ event: 'alive', id: undefined, data: {} });
});

test('of more clients than a bounded number, the address with most of them loses its oldest one', async () => {
  const server = await serverWith({ maxClients: 3 });
  const other = async () => await watch(server, undefined, '198.51.100.7');
  const page = await watch(server);
  await page.next();
  const [first, second, third, fourth] = [
    await other(),
    await other(),
    await other(),
    await other(),
  ];
  for (const { response } of [first, second])
    await expect.poll(() => response.destroyed).toBe(true);
  for (const client of [third, fourth])
    expect(await client.next()).toMatchObject({ event: 'view' });
  const [machine] = server.control.shown.machines as [MachineView];
  server.control.change({ machines: [machine] });
  for (const client of [page, third, fourth])
    expect(await client.next()).toMatchObject({ event: 'changes', data: { removed: ['m2'] } });
  // Where each has one, the oldest of all.
  await watch(server, undefined, '203.0.113.5');
  await expect.poll(() => third.response.destroyed).toBe(true);
  await watch(server, undefined, '203.0.113.6');
  await expect.poll(() => page.response.destroyed).toBe(true);
  expect(fourth.response.destroyed).toBe(false);
});

test('a client that does not read is disconnected, and costs no memory until then', async () => {
  const server = await serverWith({ stuckMs: 200, aliveMs: 50 });
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  opened.push({ [Symbol.asyncDispose]: async () => void socket.destroy() });
  socket.pause();
  socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n');
  const machines = Array.from({ length: 2000 }, (_, index) => machineView(index));
  const beforeBytes = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  // Half a megabyte each.
  const closed = once(socket, 'close');
  const sending = setInterval(() => {
    const sinceMs = performance.now();
    server.control.change({ machines: machines.map((machine) => ({ ...machine, sinceMs })) });
  }, 5);
  try {
    // Nothing is read: only the server can end it.
    socket.on('end', () => socket.destroy());
    await expect
      .poll(async () => (await server.ask('/healthz')).status, { interval: 200 })
      .toBe(200);
    const timer = setTimeout(() => socket.resume(), 1500);
    await closed;
    clearTimeout(timer);
  } finally {
    clearInterval(sending);
  }
  const afterBytes = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  expect(afterBytes - beforeBytes).toBeLessThan(100 * 2 ** 20);
});

test('a view that is the same is no change, whatever the time and the number of the event', () => {
  const { shown } = new FakeControl();
  expect(changesBetween(shown, shown)).toBeUndefined();
  expect(changesBetween(shown, { ...shown, atMs: 5, seq: 9 })).toBeUndefined();
  const closed = { ...shown, gateClosed: 'three failures' };
  expect(changesBetween(shown, closed)).toMatchObject({ gateClosed: 'three failures' });
  expect(changesBetween(closed, shown)).not.toHaveProperty('gateClosed');
});
