import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Control, Permit, WantedMachine } from '../model.ts';
import { addressOf, permitOf } from './credentials.ts';
import { readQuery } from './read-query.ts';
import { readNotice, readReports } from './read-reports.ts';

const progressLimitBytes = 256 * 1024;
/** It names every file and unit that the config sets. */
const noticeLimitBytes = 1024 * 1024;

/** What the installer and installed systems ask for. */
export function machineRoutes(app: FastifyInstance, control: Control): void {
  app.get('/ignition', (request, reply) => {
    const permit = permitOf(request.headers.authorization);
    const machine = permit && control.config(permit, addressOf(request));
    if (machine === undefined) return refuse(reply, permit);
    const type = 'application/vnd.coreos.ignition+json';
    return reply.headers({ ...secret, 'content-type': type }).send(machine.config);
  });

  app.get('/metadata', (request, reply) => {
    const machine = control.find(readQuery(request.query));
    if (machine === undefined)
      return reply.code(404).send({ error: 'No line of machines.csv is this machine.' });
    return reply.headers(secret).type('text/plain').send(metadataOf(machine));
  });

  /** Before the body: of strangers none is kept in memory. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const permit = permitOf(request.headers.authorization);
    if (permit === undefined || !control.isKnown(permit)) return refuse(reply, permit);
  };

  type Take = (body: string, permit: Permit, from: string, reply: FastifyReply) => unknown;
  const report = (path: string, bodyLimit: number, take: Take) =>
    app.post(path, { bodyLimit, onRequest }, (request, reply) => {
      const permit = permitOf(request.headers.authorization);
      const body = String(request.body ?? '');
      return (permit && take(body, permit, addressOf(request), reply)) ?? refuse(reply, permit);
    });

  report('/v1/progress', progressLimitBytes, (body, permit, from, reply) => {
    const reports = readReports(body);
    if (reports === undefined)
      return reply.code(400).send({ error: 'The body has no progress event: one JSON a line.' });
    const answer = control.progress(permit, reports, from);
    return answer ? reply.headers(secret).send(answer) : undefined;
  });

  report('/v1/notice', noticeLimitBytes, (body, permit, from, reply) => {
    const notice = readNotice(body);
    if (notice === undefined)
      return reply.code(400).send({ error: 'The body is not a notification in JSON.' });
    return control.notice(permit, notice, from) ? reply.code(204).send() : undefined;
  });

  app.post('/v1/booted', (request, reply) =>
    control.booted(readQuery(request.query), addressOf(request))
      ? reply.code(204).send()
      : reply.code(404).send({ error: 'No installed machine is this one.' }),
  );
}

const secret = { 'cache-control': 'no-store' };

/** The installer does not try again after either. */
function refuse(reply: FastifyReply, permit: Permit | undefined): FastifyReply {
  reply.headers(secret);
  return permit === undefined
    ? reply
        .code(401)
        .header('www-authenticate', 'Basic realm="coreos-provision"')
        .send({ error: 'User name and password are missing: the permit of the boot script.' })
    : reply.code(403).send({ error: 'The permit is not valid, or not any more.' });
}

/** `NAME=value` a line, as matchbox does. */
function metadataOf({ name, values }: WantedMachine): string {
  const word = (key: string) => key.replaceAll(/[^A-Za-z0-9_]/g, '_').toUpperCase();
  return Object.entries({ ...values, name })
    .map(([key, value]) => `${word(key)}=${value.replaceAll(/[\r\n\0]+/g, ' ')}\n`)
    .join('');
}
