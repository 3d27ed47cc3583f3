import type { FastifyInstance } from 'fastify';
import { safeParse } from 'valibot';
import { ParameterError } from '../../lib/errors.ts';
import type { DoctorAnswer } from '../api.ts';
import type { DhcpMemory } from '../dhcp/dhcp-seen.ts';
import type { Control } from '../rule/control-interface.ts';
import type { FleetSettings } from '../wanted/fleet.ts';
import { macAddress } from '../wanted/identity.ts';
import { diagnose } from './diagnose.ts';

/** `/api/v1/doctor/MAC`, as ../api.ts describes it. */
export function doctorRoute(
  app: FastifyInstance,
  control: Control,
  settings: () => FleetSettings,
  dhcp: DhcpMemory | undefined,
): void {
  type Named = { readonly Params: { readonly mac: string } };
  app.get<Named>('/api/v1/doctor/:mac', (request, reply) => {
    const mac = macOf(request.params.mac);
    const { machines, held } = control.view();
    const machine = machines.find(({ macs }) => macs.includes(mac));
    const links = diagnose({
      url: settings().url,
      dhcp: dhcp && { seen: dhcp.seen(mac) },
      machine,
      events: machine
        ? control.events({ after: 0, limit: 100, machine: machine.name, newest: true })
        : [],
      fleetHeld: held,
    });
    return reply.header('cache-control', 'no-store').send({ links } satisfies DoctorAnswer);
  });
}

function macOf(text: string): string {
  const { success, output, issues } = safeParse(macAddress, text);
  if (success) return output;
  throw new ParameterError({
    code: 'invalid-network-value',
    failed: `Cannot look for ${JSON.stringify(text)}`,
    why: issues[0].message,
    next: 'Give a MAC address such as 52:54:00:00:00:01.',
  });
}
