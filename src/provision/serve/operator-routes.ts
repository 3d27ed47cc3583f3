import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { ActionDone, EventsAnswer, MachineAnswer } from '../api.ts';
import type { Control, Operation } from '../model.ts';
import { addressOf, bearerOf, isFromSocket } from './credentials.ts';
import { FailureLimit } from './failure-limit.ts';
import { parseAs } from './read-reports.ts';

const eventsAtOnce = 1000;
const fresh = { 'cache-control': 'no-store' };

interface Named {
  readonly Params: { readonly name: string };
}
interface Since {
  readonly Querystring: { readonly after?: unknown; readonly machine?: unknown };
}

/**
 * `/api/v1`, as ../api.ts describes it. Nothing in a browser's keeping permits an action: only the
 * `Authorization` field, which no other site can send. `operatorOf` has the name of a token's owner.
 */
export function operatorRoutes(
  app: FastifyInstance,
  control: Control,
  operatorOf: (token: string) => string | undefined,
): void {
  app.get('/api/v1/machines', (_, reply) => reply.headers(fresh).send(control.view()));

  app.get<Named>('/api/v1/machines/:name', (request, reply) => {
    const { name } = request.params;
    const machine = control.machine(name);
    if (machine === undefined)
      return reply.code(404).send({ error: `There is no machine ${JSON.stringify(name)}.` });
    const events = control.events({ after: 0, limit: 100, machine: machine.name, newest: true });
    return reply.headers(fresh).send({ machine, events } satisfies MachineAnswer);
  });

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

  const failures = new FailureLimit();
  const actorOf = (request: FastifyRequest): string | undefined => {
    if (isFromSocket(request.raw)) return 'socket';
    const token = bearerOf(request.headers.authorization);
    const name = token === undefined ? undefined : operatorOf(token);
    return name === undefined ? undefined : `token:${name}`;
  };
  /** Before the body: of strangers none is kept in memory. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const address = addressOf(request);
    if (!isFromSocket(request.raw) && failures.isExceeded(address))
      return reply
        .code(429)
        .header('retry-after', '60')
        .send({ error: 'Too many wrong tokens from this address. Try again in a minute.' });
    if (actorOf(request) !== undefined) return;
    failures.add(address);
    return unauthorized(reply);
  };
  const action = (path: string, operation: (name: string, why: Why) => Operation) =>
    app.post<Named>(path, { onRequest }, (request, reply) => {
      const actor = actorOf(request);
      if (actor === undefined) return unauthorized(reply);
      const why = typeof request.body === 'string' ? parseAs(reason, request.body) : undefined;
      const machines = control.operate(operation(request.params.name, why ?? {}), actor);
      return reply.headers(fresh).send({ machines } satisfies ActionDone);
    });

  for (const kind of ['hold', 'release', 'adopt'] as const) {
    action(`/api/v1/${kind}`, (_, why) => ({ kind, ...why }));
    action(`/api/v1/machines/:name/${kind}`, (machine, why) => ({ kind, machine, ...why }));
  }
  for (const kind of ['retry', 'reinstall'] as const)
    action(`/api/v1/machines/:name/${kind}`, (machine) => ({ kind, machine }));
}

const reason = v.object({ why: v.exactOptional(v.pipe(v.string(), v.maxLength(500))) });
type Why = v.InferOutput<typeof reason>;

function unauthorized(reply: FastifyReply): FastifyReply {
  return reply
    .code(401)
    .header('www-authenticate', 'Bearer')
    .send({ error: 'An operator’s token is needed: coreos-provision token create.' });
}
