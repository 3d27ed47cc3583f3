import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { EventDatabase } from '../../../../src/provision/happened/database.ts';
import { ControlAt } from '../../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../../support/fleet.ts';
import { limitedTmpfs } from '../../../support/limited-tmpfs.ts';
import { lacksRoot } from '../../../support/needs.ts';

test.skipIf(lacksRoot())(
  'on a full disk nothing is permitted, and with space again it goes on',
  async () => {
    await using small = await limitedTmpfs(2 ** 20);
    const at = new ControlAt(fleetOf(manyMachines(900), { concurrency: 1000 }), {
      database: join(small.path, 'fleet.db'),
    });
    try {
      await at.control.settled();
      const filler = join(small.path, 'filler');
      writeFileSync(filler, Buffer.alloc(600_000));
      const permitted: number[] = [];
      let refused: unknown;
      for (let number = 1; number <= 900 && refused === undefined; number += 1) {
        try {
          at.ask(number);
          await at.control.settled();
          permitted.push(number);
        } catch (error) {
          refused = error;
        }
      }
      expect(refused).toMatchObject({ exitCode: 5, failure: { code: 'database-not-writable' } });
      expect(permitted.length).toBeGreaterThan(5);
      const booting = () =>
        at.control.view().machines.filter(({ state }) => state === 'booting').length;
      expect(booting()).toBe(permitted.length);

      // Time goes on, and what follows from it cannot be stored.
      expect(() => writeFileSync(join(small.path, 'rest'), Buffer.alloc(2 ** 20))).toThrow(
        /ENOSPC/,
      );
      at.pass(1000);
      for (let round = 0; round < 3; round += 1) {
        at.pass(2);
        expect(() => at.control.view()).not.toThrow();
        await setImmediate();
      }
      expect(booting()).toBe(permitted.length);

      rmSync(filler);
      rmSync(join(small.path, 'rest'));
      await vi.waitFor(() => at.control.settled(), { timeout: 3000 });
      at.pass(2);
      // Now all of them have failed by silence, which has closed the gate.
      expect(at.control.view().gateClosed).toBeDefined();
      at.control.operate({ kind: 'release' }, 'test');
      at.permit(900);
      await at.control.settled();
      at.restart();
      expect(booting()).toBe(1);
    } finally {
      at.stop();
    }
  },
);

test.skipIf(lacksRoot())(
  'a database that cannot be created for lack of space is not called damaged',
  async () => {
    await using small = await limitedTmpfs(2 ** 16);
    writeFileSync(join(small.path, 'filler'), Buffer.alloc(2 ** 16 - 4096));
    expect(() => new EventDatabase(join(small.path, 'fleet.db'))).toThrow(
      /full. Look at the space/,
    );
  },
);

test('while another program locks the database nothing is permitted, and the view is still shown', async () => {
  const at = new ControlAt(fleetOf(manyMachines(2)));
  at.permit(1);
  await at.control.settled();
  {
    using other = new DatabaseSync(at.path);
    other.exec('BEGIN IMMEDIATE');
    at.pass(1000);
    expect(at.control.view().slots.used).toBe(1);
    expect(() => at.ask(2)).toThrow(/Cannot write to .*locked/);
  }
  at.pass(2);
  expect(at.view(1).state).toBe('failed');
  expect(at.ask(2)).toMatchObject({ kind: 'install' });
});
