import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Decision, MachineQuery } from '../model.ts';
import { addressOf } from './credentials.ts';
import { grubConfig } from './grub-config.ts';
import { bootIpxe, ipxeScript } from './ipxe-script.ts';
import { readQuery } from './read-query.ts';
import type { ServeOptions } from './serve-options.ts';

/** A decision is for one moment. */
const plain = { 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' };

/** What boot loaders ask for. */
export function bootRoutes(app: FastifyInstance, { control, fleet }: ServeOptions): void {
  for (const path of ['/boot.ipxe', '/boot.ipxe.0'])
    app.get(path, (_, reply) => reply.headers(plain).send(bootIpxe));

  const decide = async (request: FastifyRequest, query: MachineQuery): Promise<Decision> => {
    const decision = control.ask(query, addressOf(request));
    // A permit that is lost is given twice. The disk is right whatever can be written.
    if (decision.kind !== 'local-boot') await control.settled();
    return decision;
  };

  app.get('/ipxe', async (request, reply) => {
    const query = readQuery(request.query);
    const decision = await decide(request, query);
    return reply.headers(plain).send(ipxeScript(decision, fleet().settings, query));
  });

  app.get('/grub', async (request, reply) => {
    const query = readQuery(request.query);
    const again = Object(request.query).again === '1';
    const decision = await decide(request, query);
    return reply.headers(plain).send(grubConfig(decision, fleet().settings, { query, again }));
  });
}
