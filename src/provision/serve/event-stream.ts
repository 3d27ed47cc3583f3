import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Control, FleetView } from '../model.ts';
import { changesBetween } from './view-changes.ts';

export interface StreamLimits {
  readonly maxClients: number;
  /** Between two events for one client. */
  readonly everyMs: number;
  /** A client that has not taken what was sent to it for this long is disconnected. */
  readonly stuckMs: number;
  readonly aliveMs: number;
}

/** A view that differs from the one before it. */
interface Shown {
  readonly id: string;
  readonly view: FleetView;
}

interface Client {
  readonly response: ServerResponse;
  /** What it knows; undefined: nothing yet. */
  seen: Shown | undefined;
  sentMs: number;
}

const usual: StreamLimits = { maxClients: 100, everyMs: 1000, stuckMs: 30_000, aliveMs: 15_000 };

/** Views from which a client that comes back can go on: a minute of changes at least. */
const remembered = 60;

const alive = 'event: alive\ndata: {}\n\n';

/**
 * `/api/v1/stream`, server-sent events as in ../api.ts. A client that reads slowly gets fewer events
 * that say the same, never a queue of them.
 */
export function streamRoute(
  app: FastifyInstance,
  control: Control,
  { maxClients, everyMs, stuckMs, aliveMs }: StreamLimits = usual,
): void {
  const clients = new Set<Client>();
  /** Oldest first. */
  const views: Shown[] = [];
  // Ids of an earlier server mean nothing.
  const nonce = randomBytes(6).toString('hex');
  let count = 0;

  const newest = (): Shown => {
    const view = control.view();
    const last = views.at(-1);
    if (last !== undefined && changesBetween(last.view, view) === undefined) return last;
    count += 1;
    const next = { id: `${nonce}-${count}`, view };
    views.push(next);
    if (views.length > remembered) views.shift();
    return next;
  };
  const eventFor = (seen: Shown | undefined, { id, view }: Shown): string => {
    const data = seen === undefined ? view : changesBetween(seen.view, view);
    if (data === undefined) return alive;
    const event = seen === undefined ? 'view' : 'changes';
    return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
  };
  /** `events` has those that other clients were sent, by what they knew. */
  const show = (client: Client, now: Shown, events: Map<Shown | undefined, string>): void => {
    const { response, seen } = client;
    const silentMs = performance.now() - client.sentMs;
    if (response.writableNeedDrain) {
      if (silentMs > stuckMs) response.destroy();
      return;
    }
    if (seen === now && silentMs < aliveMs) return;
    const event = events.get(seen) ?? eventFor(seen, now);
    events.set(seen, event);
    response.write(event);
    client.seen = now;
    client.sentMs = performance.now();
  };

  const timer = setInterval(() => {
    if (clients.size === 0) return;
    const now = newest();
    const events = new Map<Shown | undefined, string>();
    for (const client of clients) show(client, now, events);
  }, everyMs).unref();
  app.addHook('preClose', (done) => {
    clearInterval(timer);
    for (const { response } of clients) response.end();
    done();
  });

  app.get('/api/v1/stream', (request, reply) => {
    if (clients.size >= maxClients)
      return reply
        .code(503)
        .header('retry-after', '30')
        .send({ error: `${maxClients} clients watch already.` });
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx would collect the events.
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const seen = views.find(({ id }) => id === request.headers['last-event-id']);
    const client: Client = { response, seen, sentMs: performance.now() };
    clients.add(client);
    response.on('error', () => undefined);
    response.on('close', () => clients.delete(client));
    response.write('retry: 2000\n\n');
    show(client, newest(), new Map());
    return reply;
  });
}
