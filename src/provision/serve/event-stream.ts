import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Control } from '../rule/control-interface.ts';
import type { FleetView } from '../rule/views.ts';
import { refuse } from './credentials.ts';
import { changesBetween } from './view-changes.ts';

export interface StreamLimits {
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
  /** And what each of them has seen; undefined: nothing yet. */
  const clients = new Map<ServerResponse, Shown | undefined>();
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
    return data ? `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n` : '';
  };
  const show = (to: readonly ServerResponse[]): void => {
    const now = newest();
    const events = new Map<Shown | undefined, string>();
    for (const response of to) {
      const seen = clients.get(response);
      if (seen === now || response.writableNeedDrain) continue;
      const event = events.get(seen) ?? eventFor(seen, now);
      events.set(seen, event);
      response.write(event);
      clients.set(response, now);
    }
  };

  const timers = [
    setInterval(() => {
      if (clients.size > 0) show([...clients.keys()]);
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
    if (clients.size >= maxClients)
      return refuse(reply, 503, `${maxClients} clients watch already.`, { 'retry-after': '30' });
    reply.hijack();
    const response = reply.raw.writeHead(200, headers);
    const last = request.headers['last-event-id'];
    clients.set(
      response,
      views.find(({ id }) => id === last),
    );
    // Nothing has been written or taken meanwhile: `alive` would have been.
    response.setTimeout(stuckMs);
    response.on('error', () => undefined).on('close', () => clients.delete(response));
    response.write('retry: 2000\n\n');
    show([response]);
    return reply;
  });
}
