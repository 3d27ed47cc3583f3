import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
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

      rmSync(filler);
      await vi.waitFor(() => at.control.settled(), { timeout: 3000 });
      at.permit(900);
      await at.control.settled();
      at.restart();
      expect(booting()).toBe(permitted.length + 1);
    } finally {
      at.stop();
    }
  },
);
