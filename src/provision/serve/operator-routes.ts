import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { ActionDone, EventsAnswer, MachineAnswer } from '../api.ts';
import type { Control, Operation } from '../rule/control-interface.ts';
import { addressOf, bearerOf, isFromSocket, refuse } from './credentials.ts';
import { FailureLimit } from './failure-limit.ts';
import { parseAs } from './read-reports.ts';
import { viewJson } from './view-json.ts';

const eventsAtOnce = 1000;
const fresh = { 'cache-control': 'no-store' };
const needed =
  'An operator’s token is needed. Make one with: coreos-provision token create DIRECTORY';
const tooMany = 'Too many wrong tokens from this address. Try again in a minute.';

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
  app.get('/api/v1/machines', (_, reply) =>
    reply.headers(fresh).type('application/json').send(viewJson(control.view())),
  );

  app.get<Named>('/api/v1/machines/:name', (request, reply) => {
    const { name } = request.params;
    const machine = control.machine(name);
    if (machine === undefined)
      return refuse(reply, 404, `There is no machine ${JSON.stringify(name)}.`);
    const events = control.events({ after: 0, limit: 100, machine: machine.name, newest: true });
    return reply.headers(fresh).send({ machine, events } satisfies MachineAnswer);
  });

  app.get<Since>('/api/v1/events', (request, reply) => {
    const { after = '0', machine } = request.query;
    if (typeof after !== 'string' || !/^\d{1,15}$/.test(after))
      return refuse(reply, 400, 'after must be the number of an event.');
    const events = control.events({
      after: Number(after),
      limit: eventsAtOnce,
      ...(typeof machine === 'string' && { machine }),
    });
    return reply.headers(fresh).send({ events } satisfies EventsAnswer);
  });

  const failures = new FailureLimit();
  app.decorateRequest('actor', '');
  /** Before the body: of strangers none is kept in memory. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    if (isFromSocket(request.raw)) {
      request.actor = 'socket';
      return;
    }
    const address = addressOf(request);
    if (failures.isExceeded(address)) return refuse(reply, 429, tooMany, { 'retry-after': '60' });
    const token = bearerOf(request.headers.authorization);
    const name = token && operatorOf(token);
    if (name) {
      request.actor = `token:${name}`;
      return;
    }
    failures.add(address);
    return refuse(reply, 401, needed, { 'www-authenticate': 'Bearer' });
  };
  const action = (path: string, operation: (name: string, why: Why) => Operation) =>
    app.post<Named>(path, { onRequest }, ({ params, body, actor }, reply) => {
      const why = typeof body === 'string' ? parseAs(reason, body) : undefined;
      const wanted = operation(params.name, why ?? {});
      const machines = control.operate(wanted, actor);
      const { state, needs } = control.machine(params.name) ?? {};
      const held = wanted.kind !== 'hold' && state === 'held' && needs ? needs.sentence : undefined;
      return reply.headers(fresh).send({ machines, ...(held && { held }) } satisfies ActionDone);
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
