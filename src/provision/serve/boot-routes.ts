import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Control, Decision, MachineQuery } from '../rule/control-interface.ts';
import type { FleetSettings } from '../wanted/fleet.ts';
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
      if (await hasGone(request)) return reply.code(408).send();
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

/**
 * Whether the loader has given up meanwhile, as under load. It has asked again, and what it asked before
 * would look like a second machine. The end of a connection is read one turn after a request.
 */
async function hasGone({ socket }: FastifyRequest): Promise<boolean> {
  await nextTurn();
  await nextTurn();
  return !socket.writable;
}
