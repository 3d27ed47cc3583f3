import { expect, test } from 'vitest';
import { ControlAt, failure } from '../../../support/control-at.ts';
import { fleetOf, macOf, manyMachines, uuidOf } from '../../../support/fleet.ts';

const fleet = fleetOf(manyMachines(6));

test('silent and slow machines are named while they are being installed', () => {
  const at = new ControlAt(fleet);
  const permits = [1, 2, 3, 4].map((number) => at.permit(number));
  for (const [index, permit] of permits.entries())
    at.report(permit, '192.0.2.9', index === 0 ? 1e6 : 50e6);
  expect(at.view(1).needs).toMatchObject({
    kind: 'slow',
    sentence: 'It writes 1.0 MiB/s, others 47.7 MiB/s.',
  });
  expect(at.view(2).needs).toBeUndefined();
  expect(at.control.view().bytesPerSecond).toBe(151e6);
  at.pass(61);
  for (const permit of permits.slice(1)) at.report(permit);
  expect(at.view(1).needs).toMatchObject({ kind: 'silent' });
  expect(at.view(2).needs).toBeUndefined();
});

test('one that comes back again and again', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  at.pass(60);
  for (const _ of [1, 2, 3, 4, 5, 6]) {
    at.ask(1);
    expect(at.view(1)).toMatchObject({ state: 'came-back' });
    expect(at.view(1).needs).toBeUndefined();
    at.pass(60);
  }
  at.ask(1);
  expect(at.view(1).needs).toMatchObject({ kind: 'came-back' });
  expect(at.view(1).needs?.sentence).toContain('3 times');
  // Only the last thing to try erases its disk.
  expect(at.view(1).needs?.next).toMatch(
    /^Look at its console\. .*coreos-provision reinstall node-1$/,
  );
  at.pass(14 * 60);
  at.ask(1);
  expect(at.view(1).needs?.sentence).toContain('4 times');
  at.control.booted({ mac: '52:54:00:00:00:01' }, '192.0.2.1');
  expect(at.view(1).state).toBe('booted');
  expect(at.view(1).needs).toBeUndefined();
});

test('one that has asked by all its cards on the way to its disk, also after an update, is in no loop', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  for (const _ of ['installed', 'updated']) {
    at.pass(400);
    // PXE and HTTP of the first card, and the same of the second one, which has the UUID alone.
    for (const mac of [macOf(1), macOf(1), undefined, undefined]) {
      at.pass(60);
      at.ask(1, undefined, { uuid: uuidOf(1), ...(mac && { mac }) });
    }
  }
  expect(at.view(1)).toMatchObject({ state: 'came-back' });
  expect(at.view(1).needs).toBeUndefined();
});

test('one that does not come back any more is not named any more', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  for (const _ of [1, 2, 3]) {
    at.pass(300);
    at.ask(1);
  }
  expect(at.control.view().machines[0]?.needs).toMatchObject({ kind: 'came-back' });
  at.pass(899);
  expect(at.control.view().machines[0]?.needs).toMatchObject({ kind: 'came-back' });
  at.pass(2);
  expect(at.control.view().machines[0]?.needs).toBeUndefined();
});

test('one that restarts now and then, with the network first, is in no loop', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  for (const _ of [1, 2, 3]) {
    at.pass(14 * 86_400);
    at.ask(1);
    expect(at.view(1)).toMatchObject({ state: 'came-back' });
    expect(at.view(1).needs).toBeUndefined();
  }
  for (const _ of [1, 2]) {
    expect(at.view(1).needs).toBeUndefined();
    at.pass(200);
    at.ask(1);
  }
  expect(at.view(1).needs).toMatchObject({ kind: 'came-back' });
});

test('what operators can and cannot do', () => {
  const at = new ControlAt(fleet);
  const refused = (kind: 'retry' | 'reinstall' | 'release' | 'adopt', number: number) => {
    try {
      at.control.operate({ kind, machine: `node-${number}` }, 'test');
      return 'done';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refused('retry', 99)).toMatch(
    /^Cannot retry node-99: machines.csv has no machine of this name/,
  );
  expect(refused('retry', 1)).toMatch(/it has not failed/);
  expect(refused('reinstall', 1)).toMatch(/to be installed anyway/);
  expect(refused('release', 1)).toMatch(/it is not held/);
  const permit = at.permit(1);
  for (const kind of ['retry', 'reinstall', 'adopt'] as const)
    expect(refused(kind, 1)).toMatch(/it is being installed/);
  at.end(permit);
  expect(refused('retry', 1)).toMatch(/it is installed. .*reinstall node-1/);
  expect(refused('adopt', 1)).toMatch(/installed already/);
  at.control.operate(
    { kind: 'hold', machine: 'node-2', why: 'Its disk is needed.' },
    'socket:uid=0',
  );
  expect(at.view(2).needs).toMatchObject({ kind: 'held', sentence: 'Its disk is needed.' });
  expect(refused('retry', 2)).toMatch(/it is held: Its disk is needed/);
  at.control.operate({ kind: 'hold' }, 'test');
  expect(refused('release', 3)).toMatch(/the fleet/);
  const held = at.control.events({ after: 0, limit: 99, machine: 'node-2' }).at(-1);
  expect(held).toMatchObject({ kind: 'held', actor: 'socket:uid=0' });
});

test('what keeps a machine from being installed, and the command that ends it', () => {
  const at = new ControlAt(fleet);
  const refusal = (kind: 'retry' | 'reinstall' | 'release', number: number) => {
    try {
      at.control.operate({ kind, machine: `node-${number}` }, 'test');
      return 'done';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refusal('retry', 99)).toMatch(/with: coreos-provision status --all$/);
  const isSwitchedOn = /anyway\. Switch it on: it is installed when it asks\.$/;
  expect(refusal('reinstall', 1)).toMatch(isSwitchedOn);
  at.end(at.permit(1), failure);
  expect(refusal('reinstall', 1)).toMatch(isSwitchedOn);
  for (const _ of [2, 3]) at.end(at.permit(1), failure);
  expect(refusal('reinstall', 1)).toMatch(
    /but held: It has had 3 attempts.*Run: coreos-provision retry node-1$/,
  );
  at.control.operate({ kind: 'hold', machine: 'node-1' }, 'test');
  expect(refusal('reinstall', 1)).toMatch(/Run: coreos-provision release node-1$/);
  at.control.operate({ kind: 'hold' }, 'test');
  const all = /but the fleet is held\. Run: coreos-provision release --all$/;
  for (const kind of ['reinstall', 'retry', 'release'] as const)
    expect(refusal(kind, 2)).toMatch(all);
  at.control.operate({ kind: 'release' }, 'test');
  for (const number of [3, 4, 5]) at.end(at.permit(number), failure);
  expect(at.control.view().gateClosed).toBeDefined();
  const gate = /but no further machine begins\. Run: coreos-provision release --all$/;
  for (const kind of ['reinstall', 'retry', 'release'] as const)
    expect(refusal(kind, 2)).toMatch(gate);
});

test('a set of files that fails to load is shown, and the old one stays', () => {
  const at = new ControlAt(fleet);
  at.control.reload({ failure: 'machines.csv:3:7: no such profile.' });
  expect(at.control.view().loadFailure).toBe('machines.csv:3:7: no such profile.');
  expect(at.ask(1)).toMatchObject({ kind: 'install' });
  at.reload(fleetOf(manyMachines(1)));
  expect(at.control.view().loadFailure).toBeUndefined();
  expect(at.control.view().machines).toHaveLength(1);
  expect(at.kinds()).toEqual(expect.arrayContaining(['load-failed', 'loaded']));
});

test('text of an installer is bounded and has no control characters', () => {
  const at = new ControlAt(fleet);
  at.end(at.permit(1), { ...failure, reason: `\u001b[31m${'x'.repeat(5000)}\n` });
  expect(at.view(1).needs?.sentence).toMatch(/^\[31mx{900,}$/);
  expect(at.view(1).needs?.sentence.length).toBeLessThanOrEqual(1000);
});

test('a machine that restarts soon after it was up, with the network first, is up again', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  const up = () => at.control.booted({ mac: '52:54:00:00:00:01' }, '192.0.2.1');
  for (const seconds of [30, 40, 40]) {
    at.pass(seconds);
    at.ask(1);
    expect(at.view(1).state).toBe('came-back');
    expect(up()).toBe(true);
    expect(at.view(1).state).toBe('booted');
  }
});

test('nobody fills the database by repeating himself', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  const permit = at.permit(2);
  at.control.operate({ kind: 'hold', machine: 'node-3' }, 'test');
  const before = at.control.view().seq;
  for (let second = 0; second < 900; second += 1) {
    at.pass(1);
    at.ask(1);
    at.report(permit);
    at.config(permit);
    at.ask(3);
    at.control.booted({ mac: '52:54:00:00:00:01' }, '192.0.2.1');
  }
  expect(at.control.view().seq - before).toBeLessThan(150);
});

test('a view is the same value until something happens; then each machine that looks the same is', () => {
  const at = new ControlAt(fleet);
  at.ask(99, '192.0.2.99', { mac: '52:54:00:00:99:99' });
  const before = at.control.view();
  expect(at.control.view()).toBe(before);
  at.ask(1);
  at.pass(2);
  const after = at.control.view();
  expect(after.machines[0]?.state).toBe('booting');
  const isSame = after.machines.map((machine, index) => machine === before.machines[index]);
  expect(isSame).toEqual(after.machines.map((_, index) => index > 0));
  at.control.reload(fleet);
  expect(at.control.view().machines[1]).toBe(before.machines[1]);
});

test('events are told when they are on the disk', async () => {
  const at = new ControlAt(fleet);
  await at.control.settled();
  const told: string[] = [];
  at.control.onCommitted(({ kind }) => told.push(kind));
  at.install(1);
  expect(told).toEqual([]);
  await at.control.settled();
  expect(told).toEqual(['seen', 'permitted', 'config-fetched', 'progress', 'installed']);
});

test('who has only a serial number does not take the name of a machine', () => {
  const at = new ControlAt(fleet);
  at.control.ask({ serial: 'node-1' }, '192.0.2.99');
  const names = at.control.view().machines.map(({ name }) => name);
  expect(names).toContain('serial:node-1');
  expect(new Set(names).size).toBe(names.length);
});

test('a loader that asks in vain is not called silent: its console shows why', () => {
  const at = new ControlAt(fleet);
  for (let seconds = 0; seconds < 11 * 60; seconds += 20) {
    at.ask(1);
    at.pass(20);
  }
  expect(at.view(1).needs).toMatchObject({
    kind: 'silent',
    sentence: 'It got its boot script 11 minutes ago, and no installer has begun.',
    next: expect.stringContaining('a cache that is down'),
  });
  at.pass(5 * 60);
  expect(at.view(1).needs?.sentence).toBe(
    'It got its boot script, and no installer has begun within 15 minutes.',
  );
});

test('that nothing was written is said until the installation is asked for again', () => {
  const at = new ControlAt(fleet);
  at.install(1);
  at.control.operate({ kind: 'reinstall', machine: 'node-1' }, 'test');
  const permit = at.permit(1);
  at.control.notice(
    permit,
    { result: 'installed', installId: permit.id, alreadyInstalled: true },
    '192.0.2.1',
  );
  expect(at.view(1).needs?.sentence).toMatch(/^It had this installation already/);
  at.control.operate({ kind: 'reinstall', machine: 'node-1' }, 'test');
  expect(at.view(1).needs).toBeUndefined();
});
