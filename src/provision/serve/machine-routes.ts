import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Control } from '../rule/control-interface.ts';
import type { WantedMachine } from '../wanted/fleet.ts';
import { addressOf, permitOf, refuse } from './credentials.ts';
import { readQuery } from './read-query.ts';
import { readNotice, readReports } from './read-reports.ts';

const progressLimitBytes = 256 * 1024;
/** It names every file and unit that the config sets. */
const noticeLimitBytes = 1024 * 1024;

const secret = { 'cache-control': 'no-store' };
/** The installer does not try again after either. */
const missing = 'User name and password are missing: the permit of the boot script.';
const over = 'The permit is not valid, or not any more.';
const challenge = { ...secret, 'www-authenticate': 'Basic realm="coreos-provision"' };

/** What the installer and installed systems ask for. */
export function machineRoutes(app: FastifyInstance, control: Control): void {
  app.decorateRequest('permit');
  /** Before the body: of strangers none is kept in memory. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const permit = permitOf(request.headers.authorization);
    if (permit === undefined) return refuse(reply, 401, missing, challenge);
    if (!control.isKnown(permit)) return refuse(reply, 403, over, secret);
    request.permit = permit;
  };

  app.get('/ignition', { onRequest }, (request, reply) => {
    const machine = control.config(request.permit, addressOf(request));
    if (machine === undefined) return refuse(reply, 403, over, secret);
    const type = 'application/vnd.coreos.ignition+json';
    return reply.headers({ ...secret, 'content-type': type }).send(machine.config);
  });

  app.post('/v1/progress', { bodyLimit: progressLimitBytes, onRequest }, (request, reply) => {
    const reports = readReports(String(request.body ?? ''));
    if (reports === undefined)
      return refuse(reply, 400, 'The body has no progress event: one JSON a line.');
    const answer = control.progress(request.permit, reports, addressOf(request));
    return answer ? reply.headers(secret).send(answer) : refuse(reply, 403, over, secret);
  });

  app.post('/v1/notice', { bodyLimit: noticeLimitBytes, onRequest }, (request, reply) => {
    const notice = readNotice(String(request.body ?? ''));
    if (notice === undefined) return refuse(reply, 400, 'The body is not a notification in JSON.');
    const isTaken = control.notice(request.permit, notice, addressOf(request));
    return isTaken ? reply.code(204).send() : refuse(reply, 403, over, secret);
  });

  app.post('/v1/booted', (request, reply) =>
    control.booted(readQuery(request.query), addressOf(request))
      ? reply.code(204).send()
      : refuse(reply, 404, 'No installed machine is this one.'),
  );

  app.get('/metadata', (request, reply) => {
    const machine = control.find(readQuery(request.query));
    return machine
      ? reply.headers(secret).type('text/plain').send(metadataOf(machine))
      : refuse(reply, 404, 'No line of machines.csv is this machine.');
  });
}

/** `NAME=value` a line, as matchbox does. */
function metadataOf({ name, values }: WantedMachine): string {
  const word = (key: string) => key.replaceAll(/[^A-Za-z0-9_]/g, '_').toUpperCase();
  return Object.entries({ ...values, name })
    .map(([key, value]) => `${word(key)}=${value.replaceAll(/[\r\n\0]+/g, ' ')}\n`)
    .join('');
}
