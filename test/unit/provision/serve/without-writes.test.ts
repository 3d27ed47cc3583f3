import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { ControlAt, queryOf } from '../../../support/control-at.ts';
import { fleetOf, machineNumbered, manyMachines } from '../../../support/fleet.ts';
import { provisionServer } from '../../../support/provision-server.ts';

test('while the database cannot be written, every machine that need not be installed gets its disk', async () => {
  const fleet = fleetOf(manyMachines(5));
  const at = new ControlAt(fleet);
  at.install(1);
  at.control.operate({ kind: 'hold', machine: 'node-3' }, 'test');
  at.install(4);
  at.reload(fleetOf([...manyMachines(3), machineNumbered(4, { name: 'renamed' })]));
  await at.control.settled();
  await using server = await provisionServer(at.control, { fleet });
  const ask = (loader: string, number: number) =>
    server.ask(`/${loader}?mac=${queryOf(number).mac}`);
  {
    using other = new DatabaseSync(at.path);
    other.exec('BEGIN IMMEDIATE');
    const began = performance.now();
    // Installed, held, renamed, unknown.
    for (const loader of ['ipxe', 'grub'])
      for (const number of [1, 3, 4, 9]) {
        const { status, text } = await ask(loader, number);
        expect({ status, number }).toEqual({ status: 200, number });
        expect(text).toContain('exit 1');
      }
    expect(performance.now() - began).toBeLessThan(4000);
    expect((await ask('ipxe', 2)).status).toBe(503);
    expect((await server.ask('/boot.ipxe')).status).toBe(200);
    expect((await server.ask('/healthz')).status).toBe(503);
    expect((await server.ask('/v1/booted?mac=52:54:00:00:00:01', { method: 'POST' })).status).toBe(
      503,
    );
  }
  await vi.waitFor(async () => expect((await ask('ipxe', 2)).text).toContain('kernel '), 3000);
});

test('files are read again, or refused, also while the database cannot be written', () => {
  const fleet = fleetOf(manyMachines(2));
  const at = new ControlAt(fleet);
  at.control.events({ after: 0, limit: 1 });
  using other = new DatabaseSync(at.path);
  other.exec('BEGIN IMMEDIATE');
  at.control.reload({ failure: 'x' });
  expect(at.control.view().loadFailure).toBe('x');
  at.control.reload(fleetOf(manyMachines(3)));
  expect(at.control.view()).not.toHaveProperty('loadFailure');
  expect(at.control.view().machines).toHaveLength(3);
});
