import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Control, type FleetEvent, machineStates } from '../model.ts';

const buckets = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];

/** `/metrics`, in the format of Prometheus. Counters begin at 0 when the server starts. */
export function metricsRoute(app: FastifyInstance, control: Control): void {
  const registers = [new Registry()];
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `coreos_provision_${name}`, help, labelNames: [...labelNames], registers });
  const machines = gauge('machines', 'Machines by state', ['state']);
  const used = gauge('slots_used', 'Machines that are being installed');
  const slots = gauge('slots', 'Machines that may be installed at a time');
  const closed = gauge('gate_closed', '1 while no further machine begins, after failures');
  const held = gauge('held', '1 while the fleet is held as a whole');
  const stale = gauge('load_failed', '1 while the newest set of files is not in use');
  const needs = gauge('machines_in_need', 'Machines that need a human, by reason', ['kind']);
  const rate = gauge('written_bytes_per_second', 'Written to the disks of all machines');
  const installs = new Counter({
    name: 'coreos_provision_installs_total',
    help: 'Installations that succeeded',
    registers,
  });
  const failures = new Counter({
    name: 'coreos_provision_failures_total',
    help: 'Installations that failed, by exit code of the installer',
    labelNames: ['exit_code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'coreos_provision_install_seconds',
    help: 'From the boot script to the notification of success',
    buckets,
    registers,
  });

  const count = ({ kind, data }: FleetEvent) => {
    if (kind === 'installed') {
      installs.inc();
      seconds.observe(Number(data['tookMs']) / 1000);
    } else if (kind === 'failed') {
      const code = Number(data['exitCode']);
      failures.inc({ exit_code: Number.isInteger(code) && code < 256 ? code : 'unknown' });
    }
  };
  const counting = control.onCommitted(count);
  app.addHook('onClose', () => counting[Symbol.dispose]());

  app.get('/metrics', async (_, reply) => {
    const view = control.view();
    for (const state of machineStates) machines.set({ state }, 0);
    needs.reset();
    for (const machine of view.machines) {
      machines.inc({ state: machine.state });
      if (machine.needs !== undefined) needs.inc({ kind: machine.needs.kind });
    }
    used.set(view.slots.used);
    slots.set(view.slots.all);
    closed.set(view.gateClosed === undefined ? 0 : 1);
    held.set(view.held ? 1 : 0);
    stale.set(view.loadFailure === undefined ? 0 : 1);
    rate.set(view.bytesPerSecond);
    const text = (await registers[0]?.metrics()) ?? '';
    return reply.header('cache-control', 'no-store').type('text/plain; version=0.0.4').send(text);
  });
}
