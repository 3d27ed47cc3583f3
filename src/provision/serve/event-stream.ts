import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Control } from '../model.ts';
import { ViewChanges } from './view-changes.ts';

export interface StreamLimits {
  readonly maxClients: number;
  /** A client that has not taken what was sent to it for this long is disconnected. */
  readonly stuckMs: number;
  readonly aliveMs: number;
}

interface Client {
  readonly response: ServerResponse;
  /** What it has been sent; undefined: nothing yet. */
  turn: number | undefined;
  /** When its buffer was first found full; undefined while it is not. */
  stuckSinceMs?: number | undefined;
}

const usual: StreamLimits = { maxClients: 100, stuckMs: 30_000, aliveMs: 15_000 };

/**
 * `/api/v1/stream`, server-sent events as in ../api.ts. A client that reads slowly gets fewer events
 * that say the same, never a queue of them.
 */
export function streamRoute(
  app: FastifyInstance,
  control: Control,
  { maxClients, stuckMs, aliveMs }: StreamLimits = usual,
): void {
  const changes = new ViewChanges();
  const clients = new Set<Client>();

  const show = (client: Client, now: number) => {
    const { response, turn } = client;
    if (response.writableNeedDrain) {
      client.stuckSinceMs ??= performance.now();
      if (performance.now() - client.stuckSinceMs > stuckMs) response.destroy();
      return;
    }
    client.stuckSinceMs = undefined;
    const data = turn === undefined ? changes.view() : changes.since(turn);
    client.turn = now;
    if (data === undefined) return;
    const event = turn === undefined ? 'view' : 'changes';
    response.write(`event: ${event}\nid: ${changes.idOf(now)}\ndata: ${data}\n\n`);
  };
  const showAll = () => {
    if (clients.size === 0) return;
    const now = changes.update(control.view());
    for (const client of clients) show(client, now);
  };
  const subscription = control.subscribe(showAll);
  const beat = setInterval(() => {
    showAll();
    for (const { response } of clients)
      if (!response.writableNeedDrain) response.write('event: alive\ndata: {}\n\n');
  }, aliveMs).unref();

  app.addHook('preClose', (done) => {
    subscription[Symbol.dispose]();
    clearInterval(beat);
    for (const { response } of clients) response.end();
    done();
  });

  app.get('/api/v1/stream', (request, reply) => {
    if (clients.size >= maxClients)
      return reply
        .code(503)
        .header('retry-after', '30')
        .send({ error: `${maxClients} clients watch already.` });
    const id = request.headers['last-event-id'];
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx would collect the events.
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const client: Client = {
      response,
      turn: changes.turnOf(typeof id === 'string' ? id : undefined),
    };
    clients.add(client);
    response.on('error', () => undefined);
    response.on('close', () => clients.delete(client));
    response.write('retry: 2000\n\n');
    show(client, changes.update(control.view()));
    return reply;
  });
}
