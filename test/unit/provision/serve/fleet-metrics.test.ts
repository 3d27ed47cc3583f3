import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FleetEvent } from '../../../../src/provision/happened/fleet-event.ts';
import { FakeControl, machineView } from '../../../support/fake-control.ts';
import { provisionServer } from '../../../support/provision-server.ts';

let server: Awaited<ReturnType<typeof provisionServer<FakeControl>>>;
beforeEach(async () => {
  const control = new FakeControl();
  server = await provisionServer(control);
});
afterEach(async () => await server[Symbol.asyncDispose]());

function event(
  seq: number,
  kind: FleetEvent['kind'],
  { data = {} }: { data?: object } = {},
): FleetEvent {
  return { seq, kind, atMs: 0, actor: 'machine', data: { ...data } };
}

test('gauges show the view; counters what has happened since the start', async () => {
  const needs = { kind: 'failed', sentence: 'x', next: 'y' } as const;
  server.control.change(
    {
      seq: 7,
      held: true,
      gateClosed: 'three failures',
      slots: { used: 2, all: 4 },
      bytesPerSecond: 12.5,
      machines: [
        machineView(1, { state: 'installed' }),
        machineView(2, { state: 'failed', needs }),
        machineView(3, { state: 'failed' }),
      ],
    },
    event(4, 'failed', { data: { exitCode: 3 } }),
    event(5, 'failed', { data: { exitCode: 'x\ny' } }),
    event(6, 'installed', { data: { tookMs: 45_000 } }),
  );
  const answer = await server.ask('/metrics');
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4');
  const lines = answer.text.split('\n');
  for (const line of [
    'machines{state="installed"} 1',
    'machines{state="failed"} 2',
    'machines{state="ready"} 0',
    'machines_in_need{kind="failed"} 1',
    'slots_used 2',
    'slots 4',
    'gate_closed 1',
    'held 1',
    'load_failed 0',
    'written_bytes_per_second 12.5',
    'installs_total 1',
    'failures_total{exit_code="3"} 1',
    'failures_total{exit_code="unknown"} 1',
    'install_seconds_bucket{le="30"} 0',
    'install_seconds_bucket{le="60"} 1',
    'install_seconds_sum 45',
    'install_seconds_count 1',
  ])
    expect(lines).toContain(`coreos_provision_${line}`);
  // With a label each, 10 000 machines would be as many series.
  expect(answer.text).not.toMatch(/m[123]"/);
});

test('a machine that needs nobody any more is gone; counters go on', async () => {
  const needs = { kind: 'silent', sentence: 'x', next: 'y' } as const;
  server.control.change(
    { machines: [machineView(1, { needs })] },
    event(2, 'installed', { data: { tookMs: 1 } }),
  );
  expect((await server.ask('/metrics')).text).toContain('in_need{kind="silent"} 1');
  server.control.change(
    { machines: [machineView(1)] },
    event(3, 'installed', { data: { tookMs: 1 } }),
  );
  const { text } = await server.ask('/metrics');
  expect(text).not.toContain('silent');
  expect(text).toContain('installs_total 2\n');
});
