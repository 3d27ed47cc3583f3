import { expect, it } from 'vitest';
import { stopCommand } from '../../../src/disk/look/facts.ts';
import { commandOf, serviceOf, startTimeOf } from '../../../src/system/processes.ts';
import { fakeSystem } from '../../support/fake-sysfs.ts';

const program = '/usr/libexec/coreos-installer';

it('stops a service by its unit, and what a shell or another service has started by its number', async () => {
  await using system = await fakeSystem();
  const { procRoot } = system;
  const stop = (pid: number, path: string, cgroup: string) => {
    system.procLink(`${pid}/exe`, path);
    system.proc(`${pid}/cgroup`, cgroup);
    return stopCommand({ pid, service: serviceOf(pid, procRoot) });
  };
  const group = (name: string) => `0::/system.slice/${name}\n`;
  expect(stop(7, program, group('coreos-installer.service'))).toBe(
    'systemctl stop coreos-installer',
  );
  const legacy = '9:pids:/\n1:name=systemd:/system.slice/coreos-installer.service\n';
  expect(stop(8, program, legacy)).toBe('systemctl stop coreos-installer');
  const shell = group('system-coreos\\x2dshell.slice/coreos-installer-shell@ttyS0.service');
  expect(stop(9, program, shell)).toBe('kill 9');
  expect(stop(10, '/usr/bin/dd', group('ssh.service'))).toBe('kill 10');
  expect(stop(11, program, '0::/user.slice/session-1.scope\n')).toBe('kill 11');
  expect(stopCommand({ pid: 12, service: serviceOf(12, procRoot) })).toBe('kill 12');
});

it('knows a process by when it started, whatever its name is; one that has ended is none', async () => {
  await using system = await fakeSystem();
  const { procRoot } = system;
  const rest = `1 7 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 6262 0 0`;
  system.proc('7/stat', `7 (a) Z (b) S ${rest}`);
  expect(startTimeOf(7, procRoot)).toBe('6262');
  // Nobody has waited for it yet: a zombie.
  system.proc('8/stat', `8 (coreos-installe) Z ${rest}`);
  expect(startTimeOf(8, procRoot)).toBeUndefined();
  expect(startTimeOf(9, procRoot)).toBeUndefined();
});

it('names a program made with Node, whose thread has the name of all of them', async () => {
  await using system = await fakeSystem();
  const { procRoot } = system;
  system.proc('7/comm', 'MainThread\n');
  expect(commandOf(7, procRoot)).toBe('MainThread');
  system.procLink('7/exe', program);
  expect(commandOf(7, procRoot)).toBe('coreos-installer');
  system.proc('8/comm', 'dnf\n');
  system.procLink('8/exe', '/usr/bin/python3.12');
  expect(commandOf(8, procRoot)).toBe('dnf');
});
