import { describe, expect, test } from 'vitest';
import type { Permit } from '../../../../src/provision/rule/control-interface.ts';
import { installId } from '../../../../src/provision/rule/tokens.ts';
import { readQuery } from '../../../../src/provision/serve/read-query.ts';
import { ControlAt, failure, ipOf, queryOf } from '../../../support/control-at.ts';
import { fleetOf, machineNumbered, manyMachines, profileNamed } from '../../../support/fleet.ts';

const fleet = fleetOf(manyMachines(5));

test('a machine is installed once, and then boots from its disk', () => {
  const at = new ControlAt(fleet);
  const permit = at.permit(1);
  expect(permit.id).toBe(installId('node-1', 1));
  expect(at.config(permit)?.name).toBe('node-1');
  expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 1, generation: 1 });
  expect(at.report(permit)).toEqual({ intervalMs: 5000 });
  expect(at.view(1)).toMatchObject({
    state: 'installing',
    progress: { step: 'write', percent: 10, bytesPerSecond: 100e6 },
  });
  expect(at.end(permit)).toBe(true);
  expect(at.view(1)).toMatchObject({ state: 'installed', installedGeneration: 1 });
  at.pass(120);
  expect(at.ask(1)).toEqual({ kind: 'local-boot', why: 'it is installed', method: 'exit' });
  expect(at.view(1).state).toBe('came-back');
  expect(at.kinds(1)).toEqual([
    ...['seen', 'permitted', 'config-fetched', 'progress', 'installed', 'came-back'],
  ]);
});

test('the same after a restart at every step', () => {
  const at = new ControlAt(fleet);
  const permit = at.permit(1);
  at.restart();
  at.config(permit);
  at.restart();
  expect(at.report(permit)).not.toBe(false);
  at.restart();
  expect(at.view(1)).toMatchObject({ state: 'installing', progress: { step: 'write' } });
  at.end(permit);
  at.restart();
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot' });
  expect(at.view(1).installedGeneration).toBe(1);
});

test('an empty database installs nothing until it is released or adopted', () => {
  const at = new ControlAt(fleet, { held: true });
  expect(at.control.view().held).toBe(true);
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: 'the fleet is held' });
  expect(at.control.operate({ kind: 'adopt', machine: 'node-1' }, 'test')).toEqual(['node-1']);
  at.control.operate({ kind: 'release' }, 'test');
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: 'it is installed' });
  expect(at.ask(2)).toMatchObject({ kind: 'install' });
  at.control.operate({ kind: 'hold' }, 'test');
  expect(at.ask(3)).toMatchObject({ kind: 'local-boot' });
  at.restart();
  expect(at.ask(3)).toMatchObject({ kind: 'local-boot', why: 'the fleet is held' });
  expect(at.control.operate({ kind: 'adopt' }, 'test')).toEqual(['node-3', 'node-4', 'node-5']);
  expect(at.ask(4)).toMatchObject({ kind: 'local-boot', why: 'it is installed' });
  expect(at.view(2).installedGeneration).toBe(0);
});

test('a higher generation asks for another installation, also one that was raised meanwhile', () => {
  const at = new ControlAt(fleet);
  const first = at.permit(1);
  at.config(first);
  at.report(first);
  at.reload(fleetOf([machineNumbered(1, { generation: 2 })]));
  expect(at.end(first)).toBe(true);
  expect(at.view(1)).toMatchObject({ state: 'ready', generation: 2, installedGeneration: 1 });
  const second = at.permit(1);
  expect(second.id).toBe(installId('node-1', 2));
  at.end(second);
  expect(at.control.operate({ kind: 'reinstall', machine: 'node-1' }, 'test')).toEqual(['node-1']);
  expect(at.permit(1).id).toBe(installId('node-1', 3));
  // It is installed again anyway, once.
  expect(at.reload(fleetOf([machineNumbered(1, { generation: 3 })]))).toEqual([]);
});

test('a generation that reinstall has reached already is not installed again when it is in the files', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  at.control.operate({ kind: 'reinstall', machine: 'node-1' }, 'test');
  at.install(1);
  const raised = fleetOf([machineNumbered(1, { generation: 2 })]);
  // Whoever has raised it is told, once.
  expect(at.reload(raised)).toEqual([
    'machines.csv: warning: generation 2 installs nothing: 2 is installed already, as by reinstall. Give 3 to install it again. (machine node-1)',
  ]);
  expect(at.reload(raised)).toEqual([]);
  at.restart();
  at.pass(86_400);
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: 'it is installed' });
  at.control.operate({ kind: 'reinstall', machine: 'node-1' }, 'test');
  at.control.operate({ kind: 'adopt', machine: 'node-1' }, 'test');
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: 'it is installed' });
});

test('reinstall asks for more than what is installed, whatever the files say', () => {
  const at = new ControlAt(fleetOf([machineNumbered(1, { generation: 3 })]));
  at.install(1);
  at.reload(fleet);
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: 'it is installed' });
  at.control.operate({ kind: 'reinstall', machine: 'node-1' }, 'test');
  expect(at.view(1)).toMatchObject({ state: 'ready', generation: 4, installedGeneration: 3 });
  expect(at.permit(1).id).toBe(installId('node-1', 4));
});

test('what is adopted as it is keeps its generation, whatever the files say', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  at.reload(fleetOf([machineNumbered(1, { generation: 3 })]));
  at.end(at.permit(1), { result: 'installed', alreadyInstalled: true });
  at.reload(fleet);
  expect(at.view(1)).toMatchObject({ installedGeneration: 3, needs: { kind: 'failed' } });
  at.control.operate({ kind: 'adopt', machine: 'node-1' }, 'test');
  expect(at.view(1)).toMatchObject({ state: 'installed', installedGeneration: 3 });
  expect(at.view(1).needs).toBeUndefined();
});

test('a reinstallation that writes nothing, after a lost database, is no success', () => {
  const at = new ControlAt(fleet);
  at.control.operate({ kind: 'adopt', machine: 'node-1' }, 'test');
  const again = () => at.control.operate({ kind: 'reinstall', machine: 'node-1' }, 'test');
  again();
  at.end(at.permit(1), { result: 'installed', alreadyInstalled: true });
  at.restart();
  expect(at.view(1).needs?.sentence).toMatch(/nothing was written/);
  expect(at.view(1).needs?.next).toMatch(/reinstall node-1.*adopt node-1/);
  again();
  const lost = at.permit(1);
  at.report(lost);
  expect(at.view(1).needs).toBeUndefined();
  // The first notice was lost: that is no other disk.
  at.pass(120);
  at.end(at.permit(1), { result: 'installed', alreadyInstalled: true });
  expect(at.view(1)).toMatchObject({ state: 'installed', installedGeneration: 3 });
  expect(at.view(1).needs).toBeUndefined();
});

test('a config that changes while a machine boots is served as it was announced', () => {
  const at = new ControlAt(fleet);
  const permit = at.permit(1);
  const changed = machineNumbered(1, { config: Buffer.from('{}'), configSha512: 'f'.repeat(128) });
  at.reload(fleetOf([changed]));
  expect(at.config(permit)).toBe(fleet.machines.get('node-1'));
});

test('no event has a digest of the config, with which weak secrets in it could be guessed', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  const events = JSON.stringify(at.control.events({ after: 0, limit: 1000 }));
  expect(events).toContain('permitted');
  expect(events).not.toContain(fleet.machines.get('node-1')?.configSha512);
});

describe('attempts', () => {
  test('after three the machine is held, with the sentence of the installer', () => {
    const at = new ControlAt(fleet);
    for (const attempt of [1, 2, 3]) {
      const permit = at.permit(1);
      at.report(permit);
      expect(at.view(1).attempts).toBe(attempt);
      expect(at.end(permit, failure)).toBe(true);
      expect(at.view(1).needs).toMatchObject({ kind: 'failed', diskState: 'no-table' });
      at.pass(120);
    }
    expect(at.view(1)).toMatchObject({ state: 'held' });
    expect(at.view(1).needs?.sentence).toContain('Input/output error');
    expect(at.ask(1)).toMatchObject({ kind: 'local-boot' });
    at.control.operate({ kind: 'retry', machine: 'node-1' }, 'test');
    expect(at.ask(1)).toMatchObject({ kind: 'install' });
  });

  test('count also when nothing is heard of their end', () => {
    const at = new ControlAt(fleet);
    for (const _ of [1, 2, 3]) {
      at.config(at.permit(1));
      at.pass(90);
    }
    expect(at.ask(1)).toMatchObject({ kind: 'local-boot' });
    expect(at.view(1).needs?.sentence).toContain('3 attempts');
    // Its slot is free.
    expect(at.control.view().slots.used).toBe(0);
  });

  test('begin with the first use of a token: a cache that is away for minutes uses none up', () => {
    const at = new ControlAt(fleet);
    for (let asked = 0; asked < 30; asked += 1) {
      at.permit(1);
      at.pass(20);
    }
    expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 0 });
    at.restart();
    at.config(at.permit(1));
    at.restart();
    expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 1 });
  });

  test('that never begin are failed ones after a quarter of an hour each', () => {
    const at = new ControlAt(fleet);
    let minutes = 0;
    for (; at.ask(1).kind === 'install' && minutes < 100; minutes += 1) at.pass(60);
    expect(minutes).toBeGreaterThan(44);
    expect(minutes).toBeLessThan(50);
    expect(at.view(1)).toMatchObject({ state: 'held', needs: { kind: 'failed' } });
    expect(at.kinds(1).filter((kind) => kind === 'failed')).toHaveLength(3);
    expect(at.control.view().slots.used).toBe(0);
  });

  test('a doubled request is one attempt, and gets the same token', () => {
    const at = new ControlAt(fleet);
    const permit = at.permit(1);
    at.pass(5);
    expect(at.permit(1)).toEqual(permit);
    expect(at.kinds(1).filter((kind) => kind === 'permitted')).toHaveLength(1);
    at.pass(5);
    const other = at.permit(1, '198.51.100.7');
    expect(other.token).not.toBe(permit.token);
    at.config(other);
    expect(at.view(1).attempts).toBe(1);
  });

  test('a repeated notice of failure counts once, a late success is believed', () => {
    const at = new ControlAt(fleet);
    const permit = at.permit(1);
    at.end(permit, failure);
    at.end(permit, failure);
    expect(at.kinds(1).filter((kind) => kind === 'failed')).toHaveLength(1);
    at.end(permit);
    expect(at.end(permit, failure)).toBe(true);
    expect(at.view(1).state).toBe('installed');
  });

  test('a disk that has the install id counts as installed', () => {
    const at = new ControlAt(fleet);
    const permit = at.permit(1);
    at.end(permit, { result: 'installed', installId: permit.id, alreadyInstalled: true });
    expect(at.view(1)).toMatchObject({ state: 'installed', installedGeneration: 1 });
    expect(at.end(permit, { result: 'installed', installId: installId('node-2', 1) })).toBe(false);
  });
});

describe('who a machine is', () => {
  test('what is in no line boots from its disk, and is shown', () => {
    const at = new ControlAt(fleet);
    expect(at.ask(99)).toMatchObject({ kind: 'local-boot' });
    const view = at.control.view().machines.find(({ state }) => state === 'unknown');
    expect(view).toMatchObject({ name: queryOf(99).mac, needs: { kind: 'unknown' } });
    at.reload(fleetOf(manyMachines(99)));
    expect(at.control.view().machines.filter(({ state }) => state === 'unknown')).toEqual([]);
    expect(at.ask(99)).toMatchObject({ kind: 'install' });
  });

  test('any spelling, and one identity of several, is enough', () => {
    const at = new ControlAt(fleet);
    const mac = queryOf(1).mac.toUpperCase().replaceAll(':', '-');
    const uuid = queryOf(2).uuid.toUpperCase();
    expect(at.ask(1, ipOf(1), readQuery({ mac }))).toMatchObject({ kind: 'install' });
    expect(at.ask(2, ipOf(2), readQuery({ uuid }))).toMatchObject({ kind: 'install' });
  });

  test('a stranger takes no machine’s place on the page, whatever it calls itself', () => {
    const at = new ControlAt(fleet);
    at.ask(99, ipOf(99), { serial: 'node-1' });
    const { uuid } = queryOf(99);
    at.ask(99, ipOf(99), { uuid });
    const names = at.control.view().machines.map(({ name }) => name);
    expect(names.slice(5)).toEqual(['serial:node-1', `uuid:${uuid}`]);
    expect(at.control.machine('serial:node-1')).toMatchObject({ state: 'unknown' });
    expect(at.view(1).state).toBe('ready');
  });

  test('who has identities of two machines boots by the method of the one with its MAC address', () => {
    const byDrive = profileNamed('drive', { localBoot: 'sanboot' });
    const lines = [machineNumbered(1, { profile: 'drive' }), machineNumbered(2)];
    const at = new ControlAt(fleetOf(lines, {}, [profileNamed('worker'), byDrive]));
    const query = { mac: queryOf(1).mac, uuid: queryOf(2).uuid };
    expect(at.ask(1, ipOf(1), query)).toMatchObject({ kind: 'local-boot', method: 'sanboot' });
    const replaced = { mac: queryOf(7).mac, uuid: queryOf(1).uuid };
    expect(at.ask(7, ipOf(7), replaced)).toMatchObject({ method: 'sanboot' });
  });

  test('identities of two machines hold both', () => {
    const at = new ControlAt(fleet);
    expect(at.ask(1, ipOf(1), { mac: queryOf(1).mac, uuid: queryOf(2).uuid })).toMatchObject({
      kind: 'local-boot',
    });
    for (const number of [1, 2]) {
      expect(at.view(number)).toMatchObject({ state: 'held', needs: { kind: 'clash' } });
      expect(at.ask(number)).toMatchObject({ kind: 'local-boot' });
    }
    at.control.operate({ kind: 'release', machine: 'node-2' }, 'test');
    expect(at.ask(2)).toMatchObject({ kind: 'install' });
  });

  test('a stranger with the UUID of a machine does not get its installer', () => {
    const at = new ControlAt(fleet);
    const stranger = { mac: queryOf(77).mac, uuid: queryOf(1).uuid };
    expect(at.ask(77, ipOf(77), stranger)).toMatchObject({ kind: 'local-boot' });
    const shown = at.control.view().machines.find(({ name }) => name === stranger.mac);
    expect(shown?.needs).toMatchObject({ kind: 'clash' });
    expect(at.ask(1)).toMatchObject({ kind: 'install' });
  });

  test('anybody can make machines up, but not fill memory or database with them', () => {
    const at = new ControlAt(fleet);
    for (let number = 100; number < 3100; number += 1) at.ask(number);
    expect(at.control.view().machines).toHaveLength(5 + 1000);
    expect(at.control.events({ after: 0, limit: 5000 }).length).toBeLessThan(1010);
    at.pass(3700);
    at.ask(9000);
    expect(at.control.view().machines).toHaveLength(5 + 1);
  });
});

describe('nobody fills the database', () => {
  const eventsOf = (at: ControlAt) => at.control.events({ after: 0, limit: 1000 }).length;

  test('who asks for one machine from two addresses in turn', () => {
    const at = new ControlAt(fleet);
    const before = eventsOf(at);
    for (let round = 0; round < 100; round += 1) {
      at.ask(1, '192.0.2.10');
      at.ask(1, '2001:db8::66');
    }
    expect(eventsOf(at) - before).toBe(2);
    let seconds = 0;
    for (; at.ask(1, ipOf(10 + (seconds % 2))).kind !== 'local-boot'; seconds += 1) at.pass(1);
    expect(seconds).toBeLessThan(46 * 60);
    expect(eventsOf(at) - before).toBeLessThan(300);
  });

  test('a loader that goes on to its other address gets the script there, ten seconds after the first one', () => {
    const at = new ControlAt(fleet);
    const lost = at.permit(1, '192.0.2.10');
    at.pass(3);
    const why = 'its boot script has just been given to another address';
    expect(at.ask(1, '2001:db8::1')).toEqual({ kind: 'wait', why, retryAfterMs: 10_000 });
    // The first address is not kept waiting by that.
    expect(at.permit(1, '192.0.2.10')).toEqual(lost);
    at.pass(7);
    const permit = at.permit(1, '2001:db8::1');
    expect(at.config(permit, '2001:db8::1')?.name).toBe('node-1');
    expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 1 });
  });

  test.each([
    ['its config', (at: ControlAt, permit: Permit) => at.config(permit)],
    ['its progress', (at: ControlAt, permit: Permit) => at.report(permit)],
  ])('who has a token, and reports %s and a failure in turn', (_, use) => {
    const at = new ControlAt(fleet);
    const permit = at.permit(1);
    const before = eventsOf(at);
    for (let round = 0; round < 200; round += 1) {
      use(at, permit);
      at.end(permit, failure);
      at.pass(6);
    }
    expect(eventsOf(at) - before).toBeLessThan(10);
  });

  test('three attempts in one boot are three attempts', () => {
    const at = new ControlAt(fleet);
    const permit = at.permit(1);
    for (const attempt of [1, 2, 3]) {
      expect(at.config(permit)).toBeDefined();
      expect(at.view(1).attempts).toBe(attempt);
      at.end(permit, failure);
    }
    expect(at.view(1)).toMatchObject({ state: 'held', needs: { kind: 'failed' } });
    expect(at.config(permit)).toBeUndefined();
  });
});

describe('after a failure', () => {
  test('the next boot is another attempt with a slot, however soon', () => {
    const at = new ControlAt(fleetOf(manyMachines(2), { concurrency: 1 }));
    const first = at.permit(1);
    at.config(first);
    at.end(first, failure);
    const second = at.permit(1);
    expect(second.token).not.toBe(first.token);
    at.config(second);
    at.restart();
    expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 2 });
    expect(at.ask(2)).toMatchObject({ kind: 'wait' });
  });

  test('an installer that begins again in the same boot has its slot again', () => {
    const at = new ControlAt(fleetOf(manyMachines(2), { concurrency: 1 }));
    const permit = at.permit(1);
    at.config(permit);
    at.end(permit, failure);
    expect(at.config(permit)).toBeDefined();
    expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 2 });
    expect(at.ask(2)).toMatchObject({ kind: 'wait' });
    at.restart();
    expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 2 });
    expect(at.ask(2)).toMatchObject({ kind: 'wait' });
  });

  test('one that was given up before it began has begun once', () => {
    const at = new ControlAt(fleet);
    const permit = at.permit(1);
    at.pass(16 * 60);
    expect(at.view(1)).toMatchObject({ state: 'failed', attempts: 1 });
    expect(at.config(permit)).toBeDefined();
    expect(at.view(1)).toMatchObject({ state: 'booting', attempts: 1 });
  });

  test('late progress does not undo it: who begins again fetches the config first', () => {
    const at = new ControlAt(fleet);
    const permit = at.permit(1);
    at.config(permit);
    at.end(permit, failure);
    at.pass(10);
    expect(at.report(permit)).toEqual({ intervalMs: 5000 });
    expect(at.view(1).state).toBe('failed');
    at.config(permit);
    at.report(permit);
    expect(at.view(1)).toMatchObject({ state: 'installing', attempts: 2 });
  });
});
