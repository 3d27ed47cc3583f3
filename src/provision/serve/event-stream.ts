import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Control } from '../rule/control-interface.ts';
import type { FleetView } from '../rule/views.ts';
import { addressOf } from './credentials.ts';
import { changesBetween } from './view-changes.ts';
import { viewJson } from './view-json.ts';

export interface StreamLimits {
  /** Where there are more, the oldest of the address that has most of them is disconnected. */
  readonly maxClients: number;
  /** From one look at the fleet to the next. */
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
  readonly address: string;
  /** Undefined: nothing yet. */
  seen: Shown | undefined;
}

const usual: StreamLimits = { maxClients: 100, everyMs: 1000, stuckMs: 30_000, aliveMs: 15_000 };

/** A client that comes back can go on from one of the newest views: 20 s of changes at least. */
const remembered = 20;

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // nginx would collect the events.
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/**
 * `/api/v1/stream`, server-sent events as in ../api.ts. A client that reads slowly gets fewer events
 * that say the same, never a queue of them.
 */
export function streamRoute(
  app: FastifyInstance,
  control: Control,
  { maxClients, everyMs, stuckMs, aliveMs }: StreamLimits = usual,
): void {
  const clients = new Map<ServerResponse, Client>();
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
    const event = seen === undefined ? 'view' : 'changes';
    return data ? `event: ${event}\nid: ${id}\ndata: ${viewJson(data)}\n\n` : '';
  };
  const show = (to: Iterable<readonly [ServerResponse, Client]>): void => {
    const now = newest();
    const events = new Map<Shown | undefined, string>();
    for (const [response, client] of to) {
      const { seen } = client;
      if (seen === now || response.writableNeedDrain) continue;
      const event = events.get(seen) ?? eventFor(seen, now);
      events.set(seen, event);
      response.write(event);
      client.seen = now;
    }
  };

  const timers = [
    setInterval(() => {
      if (clients.size > 0) show(clients);
    }, everyMs),
    setInterval(() => {
      for (const response of clients.keys())
        if (!response.writableNeedDrain) response.write('event: alive\ndata: {}\n\n');
    }, aliveMs),
  ];
  app.addHook('preClose', (done) => {
    for (const timer of timers) clearInterval(timer);
    for (const response of clients.keys()) response.end();
    done();
  });

  app.get('/api/v1/stream', (request, reply) => {
    reply.hijack();
    const response = reply.raw.writeHead(200, headers);
    const last = request.headers['last-event-id'];
    const client = { address: addressOf(request), seen: views.find(({ id }) => id === last) };
    clients.set(response, client);
    if (clients.size > maxClients) {
      const excess = oldestOfMost(clients);
      clients.delete(excess);
      // What it has not taken yet would stay in memory.
      excess.destroy();
    }
    // Nothing has been written or taken meanwhile: `alive` would have been.
    response.setTimeout(stuckMs);
    response.on('error', () => undefined).on('close', () => clients.delete(response));
    response.write('retry: 2000\n\n');
    show([[response, client]]);
    return reply;
  });
}

/** One host cannot keep the others from watching. A page that is disconnected comes back by itself. */
function oldestOfMost(clients: ReadonlyMap<ServerResponse, Client>): ServerResponse {
  const ofEach = [...Map.groupBy(clients.keys(), (one) => clients.get(one)?.address).values()];
  const most = Math.max(...ofEach.map(({ length }) => length));
  const [oldest] = ofEach.find(({ length }) => length === most) as [ServerResponse];
  return oldest;
}
