import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { ActionDone, EventsAnswer, MachineAnswer } from '../api.ts';
import type { Operation } from '../model.ts';
import { addressOf, bearerOf } from './credentials.ts';
import { FailureLimit } from './failure-limit.ts';
import { parseAs } from './read-reports.ts';
import type { ServeOptions } from './serve-options.ts';

const forOne = ['hold', 'release', 'retry', 'reinstall', 'adopt'] as const;
const forAll = ['hold', 'release', 'adopt'] as const;
const eventsAtOnce = 1000;

/**
 * `/api/v1`, as ../api.ts describes it. Nothing in a browser's keeping permits an action: only the
 * `Authorization` field, which no other site can send.
 */
export function operatorRoutes(app: FastifyInstance, options: ServeOptions): void {
  const { control } = options;
  const failures = new FailureLimit();

  app.get('/api/v1/machines', (_, reply) => reply.headers(fresh).send(control.view()));

  type Named = { readonly Params: { readonly name: string } };
  app.get<Named>('/api/v1/machines/:name', (request, reply) => {
    const { name } = request.params;
    const machine = control.machine(name);
    if (machine === undefined) return unknown(reply, name);
    const events = control.events({ after: 0, limit: 100, machine: machine.name, newest: true });
    return reply.headers(fresh).send({ machine, events } satisfies MachineAnswer);
  });

  type Since = { readonly Querystring: { readonly after?: unknown; readonly machine?: unknown } };
  app.get<Since>('/api/v1/events', (request, reply) => {
    const { after = '0', machine } = request.query;
    if (typeof after !== 'string' || !/^\d{1,15}$/.test(after))
      return reply.code(400).send({ error: 'after must be the number of an event.' });
    const events = control.events({
      after: Number(after),
      limit: eventsAtOnce,
      ...(typeof machine === 'string' && { machine }),
    });
    return reply.headers(fresh).send({ events } satisfies EventsAnswer);
  });

  const actors = new WeakMap<FastifyRequest, string>();
  /** Before the body: of strangers none is kept in memory. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const actor = actorOf(request);
    if (actor === undefined) return unauthorized(request, reply);
    actors.set(request, actor);
  };

  const act = (request: FastifyRequest, reply: FastifyReply, operation: Operation) => {
    const actor = actors.get(request);
    if (actor === undefined) return unauthorized(request, reply);
    const machines = control.operate(operation, actor);
    return reply.headers(fresh).send({ machines } satisfies ActionDone);
  };

  const actorOf = (request: FastifyRequest): string | undefined => {
    if (options.isFromSocket(request.raw)) return 'socket';
    if (failures.isExceeded(addressOf(request))) return undefined;
    const token = bearerOf(request.headers.authorization);
    const name = token === undefined ? undefined : options.operatorOf(token);
    if (name !== undefined) return `token:${name}`;
    failures.add(addressOf(request));
    return undefined;
  };

  const unauthorized = (request: FastifyRequest, reply: FastifyReply) => {
    if (failures.isExceeded(addressOf(request)))
      return reply
        .code(429)
        .header('retry-after', '60')
        .send({ error: 'Too many wrong tokens from this address. Try again in a minute.' });
    return reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ error: 'An operator’s token is needed: coreos-provision token create.' });
  };

  for (const kind of forOne)
    app.post<Named>(`/api/v1/machines/:name/${kind}`, { onRequest }, (request, reply) => {
      const machine = request.params.name;
      const isSimple = kind === 'retry' || kind === 'reinstall';
      return act(request, reply, {
        ...(isSimple ? { kind, machine } : { kind, machine, ...why(request) }),
      });
    });
  for (const kind of forAll)
    app.post(`/api/v1/${kind}`, { onRequest }, (request, reply) =>
      act(request, reply, { kind, ...why(request) }),
    );
}

const fresh = { 'cache-control': 'no-store' };

function unknown(reply: FastifyReply, name: string): FastifyReply {
  return reply.code(404).send({ error: `There is no machine ${JSON.stringify(name)}.` });
}

const request = v.object({ why: v.optional(v.pipe(v.string(), v.maxLength(500))) });

function why({ body }: FastifyRequest): { readonly why?: string } {
  const text = typeof body === 'string' ? parseAs(request, body)?.why : undefined;
  return text === undefined ? {} : { why: text };
}
