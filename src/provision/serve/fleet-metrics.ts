import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Control } from '../rule/control-interface.ts';
import { type FleetView, machineStates } from '../rule/views.ts';

/** What each gauge says, and its value. */
const gauges: Readonly<Record<string, readonly [string, (view: FleetView) => number]>> = {
  slots_used: ['Machines that are being installed', ({ slots }) => slots.used],
  slots: ['Machines that may be installed at a time', ({ slots }) => slots.all],
  gate_closed: [
    '1 while no further machine begins, after failures',
    ({ gateClosed }) => Number(gateClosed !== undefined),
  ],
  held: ['1 while the fleet is held as a whole', ({ held }) => Number(held)],
  load_failed: [
    '1 while the newest set of files is not in use',
    ({ loadFailure }) => Number(loadFailure !== undefined),
  ],
  written_bytes_per_second: [
    'Written to the disks of all machines',
    ({ bytesPerSecond }) => bytesPerSecond,
  ],
};

/** `/metrics`, in the format of Prometheus. Counters begin at 0 when the server starts. */
export function metricsRoute(app: FastifyInstance, control: Control): void {
  const registry = new Registry();
  const named = (name: string, help: string) => ({
    name: `coreos_provision_${name}`,
    help,
    registers: [registry],
  });
  for (const [name, [help, figure]] of Object.entries(gauges))
    new Gauge({
      ...named(name, help),
      collect() {
        this.set(figure(control.view()));
      },
    });
  new Gauge({
    ...named('machines', 'Machines by state'),
    labelNames: ['state'],
    collect() {
      for (const state of machineStates) this.set({ state }, 0);
      for (const { state } of control.view().machines) this.inc({ state });
    },
  });
  new Gauge({
    ...named('machines_in_need', 'Machines that need a human, by reason'),
    labelNames: ['kind'],
    collect() {
      this.reset();
      for (const { needs } of control.view().machines)
        if (needs !== undefined) this.inc({ kind: needs.kind });
    },
  });
  const installs = new Counter(named('installs_total', 'Installations that succeeded'));
  const failures = new Counter({
    ...named('failures_total', 'Installations that failed, by exit code of the installer'),
    labelNames: ['exit_code'],
  });
  const seconds = new Histogram({
    ...named('install_seconds', 'From the boot script to the notification of success'),
    buckets: [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200],
  });
  const counting = control.onCommitted(({ kind, data }) => {
    if (kind === 'installed') {
      installs.inc();
      seconds.observe(Number(data['tookMs']) / 1000);
    }
    if (kind === 'failed') {
      const code = Number(data['exitCode']);
      failures.inc({ exit_code: Number.isInteger(code) && code < 256 ? code : 'unknown' });
    }
  });
  app.addHook('onClose', () => counting[Symbol.dispose]());

  app.get('/metrics', async (_, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type('text/plain; version=0.0.4')
      .send(await registry.metrics()),
  );
}
