import { describe, expect, test } from 'vitest';
import { ControlAt, failure } from '../../../support/control-at.ts';
import { fleetOf, machineNumbered, manyMachines, profileNamed } from '../../../support/fleet.ts';

describe('slots', () => {
  const fleet = fleetOf(manyMachines(10), { concurrency: 2 });

  test('first come, first served, with positions', () => {
    const at = new ControlAt(fleet);
    const one = at.permit(1);
    at.permit(2);
    expect([3, 4, 5].map((number) => at.ask(number))).toMatchObject([
      { kind: 'wait', position: 1 },
      { kind: 'wait', position: 2 },
      { kind: 'wait', position: 3 },
    ]);
    expect(at.view(4)).toMatchObject({ state: 'queued' });
    expect(at.control.view().slots).toEqual({ used: 2, all: 2 });
    at.end(one);
    expect(at.ask(4)).toMatchObject({ kind: 'wait', position: 2 });
    expect(at.ask(3)).toMatchObject({ kind: 'install' });
    expect(at.ask(4)).toMatchObject({ kind: 'wait', position: 1 });
    expect(at.kinds(4)).toEqual(['seen', 'waited']);
  });

  test('keep their order over a restart', () => {
    const at = new ControlAt(fleet);
    const one = at.permit(1);
    at.permit(2);
    for (const number of [5, 3, 4]) at.ask(number);
    at.restart();
    at.end(one);
    expect(at.ask(3)).toMatchObject({ kind: 'wait', position: 2 });
    expect(at.ask(5)).toMatchObject({ kind: 'install' });
  });

  test('one that does not ask any more keeps nobody waiting', () => {
    const at = new ControlAt(fleet);
    const one = at.permit(1);
    at.permit(2);
    at.ask(3);
    at.pass(60);
    at.ask(4);
    at.pass(40);
    at.end(one);
    expect(at.ask(4)).toMatchObject({ kind: 'install' });
    expect(at.view(3).state).toBe('ready');
  });

  test('become free by failure, and by silence, which is a failed attempt', () => {
    const at = new ControlAt(fleet);
    const one = at.permit(1);
    const two = at.permit(2);
    at.report(two);
    at.end(one, failure);
    const three = at.permit(3);
    at.pass(14 * 60);
    at.report(three);
    expect(at.ask(4)).toMatchObject({ kind: 'wait' });
    at.pass(2 * 60);
    at.permit(4);
    expect(at.view(2)).toMatchObject({ state: 'failed', attempts: 1 });
    expect(at.view(2).needs?.sentence).toContain('15 minutes');
    // It lives: it has its slot again, and nobody begins until one is free.
    expect(at.report(two)).not.toBe(false);
    expect(at.view(2)).toMatchObject({ state: 'installing' });
    expect(at.control.view().slots).toEqual({ used: 3, all: 2 });
    at.end(three);
    expect(at.ask(5)).toMatchObject({ kind: 'wait' });
    expect(at.end(two)).toBe(true);
    expect(at.view(2).state).toBe('installed');
    expect(at.ask(5)).toMatchObject({ kind: 'install' });
  });

  test('a server that was down for an hour takes nobody for silent', () => {
    const at = new ControlAt(fleet);
    const one = at.permit(1);
    at.report(one);
    at.pass(3600);
    at.restart();
    at.control.view();
    at.pass(60);
    expect(at.ask(3)).toMatchObject({ kind: 'install' });
    expect(at.view(1).state).toBe('installing');
  });
});

describe('canary', () => {
  const profiles = [profileNamed('worker'), profileNamed('edge', { phoneHome: true })];
  const machines = [1, 2, 3].map((number) => machineNumbered(number));
  const edges = [4, 5, 6].map((number) => machineNumbered(number, { profile: 'edge' }));
  const fleet = fleetOf([...machines, ...edges], { canary: 1 }, profiles);

  test('the first of each profile goes ahead, the others wait until it is installed', () => {
    const at = new ControlAt(fleet);
    const one = at.permit(1);
    expect(at.ask(2)).toMatchObject({ kind: 'wait', position: 1 });
    expect(at.ask(4)).toMatchObject({ kind: 'install' });
    at.end(one);
    expect(at.ask(3)).toMatchObject({ kind: 'install' });
    expect(at.ask(2)).toMatchObject({ kind: 'install' });
  });

  test('one that fails is followed by another try', () => {
    const at = new ControlAt(fleet);
    at.end(at.permit(1), failure);
    expect(at.ask(2)).toMatchObject({ kind: 'install' });
    expect(at.ask(3)).toMatchObject({ kind: 'wait' });
  });

  test('with phone_home it has to boot', () => {
    const at = new ControlAt(fleet);
    at.install(4);
    expect(at.ask(5)).toMatchObject({ kind: 'wait' });
    at.pass(1000);
    expect(at.view(4).needs).toMatchObject({ kind: 'silent' });
    expect(at.control.booted({ mac: '52:54:00:00:00:04' }, '192.0.2.4')).toBe(true);
    expect(at.view(4).state).toBe('booted');
    expect(at.ask(5)).toMatchObject({ kind: 'install' });
    expect(at.ask(6)).toMatchObject({ kind: 'install' });
  });

  test('one that does not come up is named, and holds nobody up once it is to be installed again', () => {
    const at = new ControlAt(fleet);
    at.install(4);
    at.pass(1000);
    expect(at.ask(5)).toMatchObject({ kind: 'wait' });
    expect(at.view(4).needs).toMatchObject({
      kind: 'silent',
      sentence: expect.stringMatching(
        /not reported\. Until its system reports, no further machine of its profile begins\.$/,
      ),
      next: expect.stringMatching(/run: coreos-provision reinstall node-4$/),
    });
    at.control.operate({ kind: 'reinstall', machine: 'node-4' }, 'test');
    expect(at.view(4)).toMatchObject({ state: 'ready' });
    expect(at.view(4).needs).toBeUndefined();
    expect(at.ask(4)).toMatchObject({ kind: 'install' });
    expect(at.ask(5)).toMatchObject({ kind: 'wait' });
  });

  test('the same where the files ask for it again, and after a restart', () => {
    const at = new ControlAt(fleet);
    at.install(4);
    expect(at.ask(5)).toMatchObject({ kind: 'wait' });
    const [first, ...others] = edges;
    const again = { ...first, generation: 2 } as (typeof edges)[number];
    at.reload(fleetOf([...machines, again, ...others], { canary: 1 }, profiles));
    at.restart();
    expect(at.ask(5)).toMatchObject({ kind: 'install' });
    expect(at.ask(4)).toMatchObject({ kind: 'wait' });
  });

  test('one that went to its disk and does not come up is named as well', () => {
    const at = new ControlAt(fleet);
    at.install(4);
    at.pass(60);
    at.ask(4);
    expect(at.view(4).state).toBe('came-back');
    expect(at.view(4).needs).toBeUndefined();
    at.pass(1000);
    expect(at.view(4).needs).toMatchObject({
      kind: 'silent',
      sentence: expect.stringMatching(/^It went to its disk 17 minutes ago, .* no further machine/),
    });
    // It may be in a loop, because its disk does not boot, or be held: the others wait all the same.
    for (let times = 0; times < 3; times += 1) {
      at.pass(200);
      at.ask(4);
    }
    const waiting = expect.stringMatching(/no further machine of its profile begins\.$/);
    const next = expect.stringContaining('coreos-provision reinstall node-4');
    expect(at.view(4).needs).toMatchObject({ kind: 'came-back', sentence: waiting, next });
    at.control.operate({ kind: 'hold', machine: 'node-4' }, 'test');
    expect(at.view(4).needs).toMatchObject({ kind: 'held', sentence: waiting });
    at.control.operate({ kind: 'release', machine: 'node-4' }, 'test');

    at.control.booted({ mac: '52:54:00:00:00:04' }, '192.0.2.4');
    expect(at.view(4).needs).toBeUndefined();
    at.pass(3600);
    at.ask(4);
    at.pass(1000);
    expect(at.view(4)).toMatchObject({ state: 'came-back' });
    expect(at.view(4).needs).toBeUndefined();
  });

  test('anybody can say that a machine is up: it never ends an installation', () => {
    const at = new ControlAt(fleet);
    const up = () => at.control.booted({ mac: '52:54:00:00:00:04' }, '192.0.2.4');
    expect(up()).toBe(false);
    const permit = at.permit(4);
    expect(up()).toBe(false);
    at.report(permit);
    expect(up()).toBe(false);
    expect(at.view(4).state).toBe('installing');
  });

  test('another config with the same image needs one as well', () => {
    const lines = manyMachines(50);
    const at = new ControlAt(fleetOf(lines, { canary: 1, concurrency: 40 }));
    for (const { name } of lines) at.install(Number(name.slice(5)));
    const again = lines.map((line) => ({ ...line, generation: 2 }));
    const changed = profileNamed('worker', { digest: 'd'.repeat(64) });
    at.reload(fleetOf(again, { canary: 1, concurrency: 40 }, [changed]));
    const begun = () => lines.filter((_, index) => at.ask(index + 1).kind === 'install').length;
    expect(begun()).toBe(1);
    at.install(1);
    at.restart();
    at.pass(60);
    expect(begun()).toBe(40);
  });

  test('another image needs another canary', () => {
    const at = new ControlAt(fleet);
    for (const number of [1, 2, 3]) at.install(number);
    const image = { sha256: 'f'.repeat(64), fileName: 'new.raw.xz', sizeBytes: 1 };
    const again = machines.map((machine) => ({ ...machine, generation: 2 }));
    at.reload(fleetOf(again, { canary: 1 }, [profileNamed('worker', { image })]));
    at.permit(2);
    expect(at.ask(1)).toMatchObject({ kind: 'wait' });
  });
});

describe('the gate', () => {
  const fleet = fleetOf(manyMachines(200), { stopWhen: { failures: 3, percent: 5 } });

  test('closes after three failures; what runs goes on; release opens it', () => {
    const at = new ControlAt(fleet);
    const last = at.permit(4);
    at.reload(fleetOf([...manyMachines(99), machineNumbered(100, { generation: 2 })]));
    for (const number of [1, 2, 3]) at.end(at.permit(number), failure);
    expect(at.control.view().gateClosed).toContain('3 of the last 3 machines have failed');
    expect(at.ask(5)).toMatchObject({ kind: 'wait' });
    at.restart();
    expect(at.ask(6)).toMatchObject({ kind: 'wait' });
    expect(at.config(last)).toBeDefined();
    expect(at.end(last)).toBe(true);
    at.control.operate({ kind: 'hold', machine: 'node-7' }, 'test');
    expect(at.control.operate({ kind: 'release' }, 'test')).not.toContain('node-7');
    expect(at.control.view().gateClosed).toBeUndefined();
    expect(at.ask(5)).toMatchObject({ kind: 'install' });
    expect(at.ask(7)).toMatchObject({ kind: 'local-boot' });
    expect(at.kinds()).toEqual(expect.arrayContaining(['gate-closed', 'gate-opened']));
  });

  test('stays open where failures are few among the last ones, and one machine counts once', () => {
    const at = new ControlAt(fleet);
    for (const number of [1, 2]) at.end(at.permit(number), failure);
    at.pass(120);
    at.end(at.permit(2), failure);
    for (let number = 10; number < 70; number += 1) at.install(number);
    at.end(at.permit(3), failure);
    at.end(at.permit(4), failure);
    expect(at.control.view().gateClosed).toBeUndefined();
    at.end(at.permit(5), failure);
    expect(at.control.view().gateClosed).toContain('3 of the last 60 machines have failed');
  });

  test('a held machine that fails for that closes nothing', () => {
    const at = new ControlAt(fleet);
    for (const number of [1, 2, 3]) {
      const permit = at.permit(number);
      at.control.operate({ kind: 'hold', machine: `node-${number}` }, 'test');
      expect(at.config(permit)).toBeUndefined();
      at.end(permit, failure);
    }
    expect(at.control.view().gateClosed).toBeUndefined();
    for (const number of [4, 5, 6]) at.end(at.permit(number), failure);
    expect(at.control.view().gateClosed).toBeDefined();
  });

  test('a machine that has a system boots it instead of waiting', () => {
    const at = new ControlAt(fleet);
    at.install(9);
    for (const number of [1, 2, 3]) at.end(at.permit(number), failure);
    at.control.operate({ kind: 'reinstall', machine: 'node-9' }, 'test');
    expect(at.ask(9)).toMatchObject({ kind: 'local-boot', why: 'no further machine begins' });
  });
});
