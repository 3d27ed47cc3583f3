import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Permit, WantedMachine } from '../model.ts';
import { addressOf, permitOf } from './credentials.ts';
import { findMachine, metadataOf } from './metadata.ts';
import { readQuery } from './read-query.ts';
import { readNotice, readReports } from './read-reports.ts';
import type { ServeOptions } from './serve-options.ts';

const progressLimitBytes = 256 * 1024;
/** It names every file and unit that the config sets. */
const noticeLimitBytes = 1024 * 1024;

/** What the installer and installed systems ask for. */
export function machineRoutes(app: FastifyInstance, { control, fleet }: ServeOptions): void {
  app.get('/ignition', (request, reply) => {
    const permit = permitOf(request.headers.authorization);
    const asked = permit ? { permit } : { query: readQuery(request.query) };
    const machine = control.config(asked, addressOf(request));
    if (machine === undefined) return refuse(reply, permit !== undefined);
    const type = 'application/vnd.coreos.ignition+json';
    return reply.headers({ ...secret, 'content-type': type }).send(machine.config);
  });

  app.get('/metadata', (request, reply) => {
    const machine: WantedMachine | undefined = findMachine(fleet(), readQuery(request.query));
    if (machine === undefined)
      return reply.code(404).send({ error: 'No line of machines.csv is this machine.' });
    return reply.headers(secret).type('text/plain').send(metadataOf(machine));
  });

  /** Before the body: of strangers none is kept in memory. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const permit = permitOf(request.headers.authorization);
    if (permit === undefined || !control.isKnown(permit))
      return refuse(reply, permit !== undefined);
  };

  type Answer = (permit: Permit, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  const report = (path: string, bodyLimit: number, answer: Answer) =>
    app.post(path, { bodyLimit, onRequest }, (request, reply) => {
      const permit = permitOf(request.headers.authorization);
      return permit === undefined ? refuse(reply, false) : answer(permit, request, reply);
    });

  report('/v1/progress', progressLimitBytes, (permit, request, reply) => {
    const reports = readReports(String(request.body ?? ''));
    if (reports === undefined)
      return reply.code(400).send({ error: 'The body has no progress event: one JSON a line.' });
    const answer = control.progress(permit, reports, addressOf(request));
    return answer === false ? refuse(reply, true) : reply.headers(secret).send(answer);
  });

  report('/v1/notice', noticeLimitBytes, (permit, request, reply) => {
    const notice = readNotice(String(request.body ?? ''));
    if (notice === undefined)
      return reply.code(400).send({ error: 'The body is not a notification in JSON.' });
    return control.notice(permit, notice, addressOf(request))
      ? reply.code(204).send()
      : refuse(reply, true);
  });

  app.post('/v1/booted', (request, reply) =>
    control.booted(readQuery(request.query), addressOf(request))
      ? reply.code(204).send()
      : reply.code(404).send({ error: 'No installed machine is this one.' }),
  );
}

const secret = { 'cache-control': 'no-store' };

/** The installer does not try again after either. */
function refuse(reply: FastifyReply, isKnown: boolean): FastifyReply {
  const error = isKnown
    ? 'The permit is not valid, or not any more.'
    : 'User name and password are missing: the permit of the boot script.';
  if (!isKnown) reply.header('www-authenticate', 'Basic realm="coreos-provision"');
  return reply
    .headers(secret)
    .code(isKnown ? 403 : 401)
    .send({ error });
}
