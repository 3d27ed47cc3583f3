import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Core } from '../../../../src/provision/rule/core.ts';
import { ownDirectory } from '../../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../../support/fleet.ts';

test('a past that cannot be read again after a failed write is not forgotten, and nothing is written any more', async () => {
  const fleet = fleetOf(manyMachines(2));
  const core = new Core({ database: join(ownDirectory('/dev/shm'), 'fleet.db'), fleet });
  using database = core.database;
  core.record({ kind: 'released', actor: 'test' });
  core.record({ kind: 'held', machine: 'node-1', actor: 'test', data: { why: 'Its data.' } });
  database.flush();
  const all = database.all.bind(database);
  database.all = function* () {
    for (const event of all()) {
      if (event.seq > 1) throw new Error('disk I/O error');
      yield event;
    }
  };
  core.record({ kind: 'seen', machine: 'node-2', actor: 'machine' });
  const record = () =>
    core.record({ kind: 'seen', machine: 'x', actor: 'm', tokenSha256: Buffer.alloc(5) });
  expect(record).toThrow(/Cannot write to/);
  expect(core.history.of('node-1').holds).toEqual({ held: 'Its data.' });
  expect(core.history.fleet.held).toBe(false);
  expect(() => core.record({ kind: 'released', actor: 'test' })).toThrow(
    /Cannot read .*disk I\/O error.*restart the server/,
  );
  await expect(database.settled()).rejects.toThrow();
  expect(database.isWritable).toBe(false);
});
