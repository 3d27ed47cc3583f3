import { expect, test } from 'vitest';
import type { FleetEvent } from '../../../../src/provision/happened/fleet-event.ts';
import type { MachineView, Need } from '../../../../src/provision/rule/views.ts';
import { machineView } from '../../../support/fake-control.ts';
import type { MachineRecord } from '../../../support/fakes/fake-machine.ts';
import type { Fault } from '../../../support/fakes/fault-plan.ts';
import { type FleetRun, faultsOf } from '../../../support/fakes/judge-fleet.ts';

const record = (number: number, changes: Partial<MachineRecord> = {}, fault: Fault = 'none') => ({
  machine: {
    ...{ name: `m${number}`, number, rack: 'r1', mac: '', uuid: '', fault },
    ...{ powerOnMs: 0, restarts: 0 },
  },
  commits: [`id${number}`],
  acknowledged: [{ what: 'installed', install: `id${number}` } as const],
  ...{ broken: [], failures: [], ...changes },
});

const event = (kind: FleetEvent['kind'], number: number): FleetEvent => ({
  ...{ seq: 1, atMs: 0, kind, actor: 'machine', data: {} },
  ...{ machine: `m${number}`, install: `id${number}` },
});

const ofFleet = (kind: FleetEvent['kind']): FleetEvent => ({
  ...{ seq: 1, atMs: 0, kind, actor: 'operator', data: {} },
});

const complete = (number: number) => [event('permitted', number), event('installed', number)];

function judged(changes: Partial<Omit<FleetRun, 'view'>>, machines: MachineView[] = []): string[] {
  const booted = [1, 2].map((number) => machineView(number, { state: 'booted' }));
  const view = { ...{ seq: 0, atMs: 0, held: false, slots: { used: 0, all: 1 } } };
  return faultsOf({
    records: [record(1), record(2)],
    named: new Map(),
    concurrency: 1,
    ...changes,
    events: [ofFleet('released'), ...(changes.events ?? [...complete(1), ...complete(2)])],
    view: { ...view, bytesPerSecond: 0, machines: machines.length > 0 ? machines : booted },
  });
}

test('what is right is no fault', () => {
  expect(judged({})).toEqual([]);
});

test.each<[string, Parameters<typeof judged>[0], string[]]>([
  [
    'one installation on two disks',
    { records: [record(1), record(2, { commits: ['id1'], acknowledged: [] })] },
    ['id1 was installed on m1, and on m2', 'm2 was installed without a permit for id1'],
  ],
  [
    'one disk twice',
    { records: [record(1, { commits: ['id1', 'id1'] })] },
    ['id1 was installed on m1, and on m1', 'm1 (none) was installed 2 times. '],
  ],
  [
    'an installation without a permit',
    { records: [record(1)], events: [event('installed', 1)] },
    ['m1 was installed without a permit for id1'],
  ],
  [
    'a report that was lost',
    { records: [record(1)], events: [event('permitted', 1)] },
    ['m1: the server acknowledged “installed” of id1, and lost it'],
  ],
  [
    'too many at a time',
    { events: [event('permitted', 1), event('permitted', 2), ...complete(1), ...complete(2)] },
    ['m2 was permitted beside 1 others'],
  ],
  [
    'a permit for a machine that is held',
    { events: [event('held', 1), ...complete(1), ...complete(2)] },
    ['m1 was permitted, and it is held'],
  ],
  [
    'a permit for what is installed',
    { events: [...complete(1), ...complete(1), ...complete(2)] },
    ['m1 was permitted, and it has id1'],
  ],
  [
    'a permit while the fleet is held',
    { events: [ofFleet('held'), ...complete(1), ofFleet('released'), ...complete(2)] },
    ['m1 was permitted, and the fleet is held'],
  ],
  [
    'a permit though too many have failed',
    { events: [ofFleet('gate-closed'), ...complete(1), ofFleet('gate-opened'), ...complete(2)] },
    ['m1 was permitted, and the gate is closed'],
  ],
  [
    'a permit after the end of a clash, though an operator holds the machine',
    {
      events: [
        ...[event('held', 1), event('clash', 1), event('released', 1)],
        ...[...complete(1), ...complete(2)],
      ],
    },
    ['m1 was permitted, and it is held'],
  ],
  [
    'a fourth attempt',
    {
      events: [
        ...[1, 2, 3].flatMap(() => [event('permitted', 1), event('failed', 1)]),
        ...[...complete(1), ...complete(2)],
      ],
    },
    ['m1 was permitted, and it has had 3 attempts'],
  ],
  [
    'a failure that was lost, of a machine that always fails',
    {
      records: [
        record(
          1,
          { commits: [], acknowledged: [{ what: 'failed', install: 'id1' }] },
          'broken-disk',
        ),
      ],
      events: [event('permitted', 1), event('permitted', 1)],
    },
    [
      'm1: the server acknowledged “failed” of id1, and lost it',
      'm1 (broken-disk) is booted in the end, and named undefined',
    ],
  ],
  ['what a machine saw', { records: [record(1, { broken: ['x'] })] }, ['m1: x']],
  [
    'a machine that was not installed',
    { records: [record(1, { commits: [], acknowledged: [], failures: ['Refused.'] })] },
    ['m1 (none) was installed 0 times. Refused.'],
  ],
])('%s', (_, run, faults) => {
  expect(judged(run)).toEqual(faults);
});

const needs = (kind: Need['kind']): Need => ({ kind, sentence: 'Look.', next: '' });

test('who needs a human is named, and nobody else', () => {
  const cut = { records: [record(1, { commits: [], acknowledged: [] }, 'cut')] };
  expect(judged(cut, [machineView(1, { state: 'installing', needs: needs('silent') })])).toEqual(
    [],
  );
  expect(judged(cut, [machineView(1, { state: 'installing' })])).toEqual([
    'm1 (cut) is installing in the end, and named undefined',
  ]);
  const sound = { records: [record(1)] };
  expect(judged(sound, [machineView(1, { state: 'booted', needs: needs('came-back') })])).toEqual([
    'm1 (none) is booted in the end. Look.',
  ]);
  const slow = { records: [record(1, {}, 'slow')] };
  expect(judged(slow)).toEqual(['m1 (slow) was never named slow']);
  expect(judged({ ...slow, named: new Map([['m1', new Set(['slow' as const])]]) })).toEqual([]);
});
