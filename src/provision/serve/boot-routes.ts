import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Control, Decision, FleetSettings, MachineQuery } from '../model.ts';
import { addressOf } from './credentials.ts';
import { grubConfig } from './grub-config.ts';
import { bootIpxe, ipxeScript } from './ipxe-script.ts';
import { readQuery } from './read-query.ts';

/** A decision is for one moment. */
const plain = { 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' };

/** What boot loaders ask for. */
export function bootRoutes(
  app: FastifyInstance,
  control: Control,
  settings: () => FleetSettings,
): void {
  for (const path of ['/boot.ipxe', '/boot.ipxe.0'])
    app.get(path, (_, reply) => reply.headers(plain).send(bootIpxe));

  const loader = (
    path: string,
    write: (decision: Decision, query: MachineQuery, request: FastifyRequest) => string,
  ) =>
    app.get(path, async (request, reply) => {
      const query = readQuery(request.query);
      const decision = control.ask(query, addressOf(request));
      // A permit that is lost is given twice. The disk is right whatever can be written.
      if (decision.kind !== 'local-boot') await control.settled();
      return reply.headers(plain).send(write(decision, query, request));
    });
  loader('/ipxe', (decision, query) => ipxeScript(decision, settings(), query));
  loader('/grub', (decision, query, request) => {
    const again = Object(request.query).again === '1';
    return grubConfig(decision, settings(), { query, again });
  });
}
