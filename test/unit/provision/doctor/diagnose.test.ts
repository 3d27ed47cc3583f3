import { expect, test } from 'vitest';
import { diagnose, type Facts } from '../../../../src/provision/doctor/diagnose.ts';
import type { FleetEvent, FleetEventKind } from '../../../../src/provision/happened/fleet-event.ts';
import type { MachineView, Need } from '../../../../src/provision/rule/views.ts';
import { blockWith, readPage } from '../../../support/pages.ts';

const mac = '52:54:00:00:00:01';
const url = 'http://192.0.2.1:8080';
const atMs = Date.parse('2026-02-03T10:00:00Z');

const machine = (state: MachineView['state'], more: Partial<MachineView> = {}): MachineView => ({
  name: 'n1',
  rack: 'r01',
  state,
  macs: [mac],
  generation: 1,
  installedGeneration: 0,
  attempts: 0,
  sinceMs: atMs,
  ...more,
});
const events = (
  ...list: readonly (readonly [FleetEventKind, Readonly<Record<string, unknown>>?])[]
): FleetEvent[] =>
  list.map(([kind, data = {}], index) => ({
    seq: index + 1,
    atMs: atMs + index * 1000,
    kind,
    actor: 'machine',
    data,
  }));
const need: Need = { kind: 'failed', sentence: 'It failed.', next: 'Repair it.' };
const seen = {
  firmware: { atMs: atMs + 1000, kind: 'uefi-x64', architecture: 7 },
  loader: { file: 'snponly.efi', atMs: atMs + 3000 },
};

function links(facts: Partial<Facts>) {
  const nothing = { url, dhcp: { seen }, machine: undefined, events: [], fleetHeld: false };
  const all = diagnose({ ...nothing, ...facts });
  const wrong = all.find(({ state }) => state === 'missing' || state === 'failed');
  return {
    states: Object.fromEntries(all.map(({ name, state }) => [name, state])),
    wrong: wrong && `${wrong.name}: ${wrong.says}`,
    next: wrong?.next,
  };
}

test('a machine of which nothing has arrived', () => {
  const { wrong, next } = links({ dhcp: { seen: undefined }, machine: machine('ready') });
  expect(wrong).toBe('DHCP: no request for a boot file has arrived');
  expect(next).toContain('boot order');
});

test('the page shows what is printed for a machine that stops in its loader', () => {
  const all = diagnose({
    url,
    dhcp: { seen },
    machine: undefined,
    events: [],
    fleetHeld: false,
  });
  const printed = all.map(
    ({ name, state, says }) =>
      `${name.padEnd(9)} ${(state === 'unknown' ? '?' : state).padEnd(8)} ${says}`,
  );
  const next = all.find(({ state }) => state === 'missing')?.next;
  expect(blockWith(readPage('fleet/dhcp.md'), 'text', 'loader')).toBe(
    `${[...printed, `Next: ${next}`].join('\n')}\n`,
  );
});

test.each([
  [{ firmware: { atMs, architecture: 6 } }, 'DHCP: there is no loader for architecture 6'],
  [{ firmware: seen.firmware }, 'loader: no loader was fetched'],
  [
    { ...seen, loader: { file: 'snponly.efi', atMs, failure: 'not found' } },
    'loader: snponly.efi: not found',
  ],
  [{ ipxeMs: atMs }, 'script: it has not asked for a boot script'],
  [
    { firmware: { atMs, kind: 'http-x64', architecture: 16 } },
    'script: it has not asked for a boot script',
  ],
])('where the chain ends before the server (%#)', (one, expected) => {
  const { wrong } = links({ dhcp: { seen: one }, machine: machine('ready') });
  expect(wrong).toBe(expected);
});

const asked = { heardMs: atMs };
test.each<[string, MachineView, FleetEvent[], string, string]>([
  [
    'waits',
    machine('queued', asked),
    events(['seen'], ['waited', { why: 'all slots are in use' }]),
    'decision: it waits: all slots are in use',
    'Wait; status shows the slots.',
  ],
  [
    'is held',
    machine('held', { ...asked, needs: { ...need, sentence: 'Held by an operator.' } }),
    events(['seen'], ['sent-to-disk', { why: 'it is held' }]),
    'decision: Held by an operator.',
    'Repair it.',
  ],
  [
    'came back after its installation',
    machine('came-back', { ...asked, needs: { ...need, sentence: 'It asked again.' } }),
    events(['permitted'], ['config-fetched'], ['progress'], ['installed'], ['came-back']),
    'decision: It asked again.',
    'Repair it.',
  ],
  [
    'waits after a failure',
    machine('queued', asked),
    events(['permitted'], ['failed'], ['waited', { why: 'it has failed just now' }]),
    'decision: it waits: it has failed just now',
    'Wait; status shows the slots.',
  ],
  [
    'is on no line',
    machine('unknown', { ...asked, needs: { ...need, sentence: 'It is in no line.' } }),
    events(['seen']),
    'decision: It is in no line.',
    'Repair it.',
  ],
  [
    'does not boot the installer',
    machine('booting', asked),
    events(['seen'], ['permitted', { attempt: 2 }]),
    'token: its config was not fetched',
    'Look at its console. Kernel and initramfs may not load, or it does not reach the server.',
  ],
  [
    'is silent',
    machine('booting', asked),
    events(['permitted', { attempt: 1 }], ['config-fetched']),
    'progress: it has not reported',
    'Look at its console.',
  ],
  [
    'has failed',
    machine('failed', { ...asked, needs: need }),
    events(
      ['permitted'],
      ['config-fetched'],
      ['progress'],
      ['failed', { reason: 'The disk broke.' }],
    ),
    'result: The disk broke.',
    'Repair it.',
  ],
])('a machine that %s', (_, view, list, wrong, next) => {
  const found = links({ machine: view, events: list });
  expect(found).toMatchObject({ wrong, next });
});

test('a hold of the fleet, and what is to do after it', () => {
  const list = events(['seen'], ['sent-to-disk', { why: 'the fleet is held' }]);
  const found = (fleetHeld: boolean) =>
    links({ machine: machine('ready', asked), events: list, fleetHeld });
  expect(found(true)).toMatchObject({
    wrong: 'decision: the fleet is held',
    next: 'To install: coreos-provision release --all.',
  });
  expect(found(false)).toMatchObject({
    wrong: 'decision: it may install now, and has not asked since',
    next: 'Restart it.',
  });
  const stranger = machine('unknown', { ...asked, needs: { ...need, sentence: 'On no line.' } });
  expect(links({ machine: stranger, events: list, fleetHeld: true }).wrong).toBe(
    'decision: On no line.',
  );
});

test('an installation is judged by its own events, not by those of an earlier one', () => {
  const list = events(
    ['permitted', { attempt: 1 }],
    ['config-fetched'],
    ['progress', { step: 'write' }],
    ['failed', { reason: 'old' }],
    ['permitted', { attempt: 2 }],
  );
  const { wrong } = links({ machine: machine('booting', asked), events: list });
  expect(wrong).toBe('token: its config was not fetched');
});

test('what is done leaves nothing to do, whatever was not seen', () => {
  const list = events(
    ['permitted', { attempt: 1 }],
    ['config-fetched'],
    ['progress', { step: 'commit' }],
    ['installed'],
    ['booted'],
  );
  const { wrong, states } = links({
    dhcp: { seen: undefined },
    machine: machine('booted', asked),
    events: list,
  });
  expect(wrong).toBeUndefined();
  expect(states).toMatchObject({ DHCP: 'unknown', loader: 'unknown', booted: 'ok' });
});

test('without a dnsmasq of the server, the chain begins where it is asked', () => {
  const { states, wrong } = links({ dhcp: undefined, machine: machine('ready') });
  expect(states).toMatchObject({ DHCP: 'unknown', loader: 'unknown' });
  expect(wrong).toBe('script: it has not asked for a boot script');
});

test.each<[string, MachineView, FleetEvent[], boolean]>([
  ['adopted', machine('installed', asked), events(['adopted']), false],
  [
    'adopted, started again',
    machine('came-back', asked),
    events(['adopted'], ['came-back']),
    false,
  ],
  ['installed, while the fleet is held', machine('came-back', asked), events(['came-back']), true],
])('nothing is wrong with a machine that was %s', (_, view, list, fleetHeld) => {
  expect(links({ machine: view, events: list, fleetHeld })).toMatchObject({ wrong: undefined });
});

test('a machine that waited, and has not asked for long, is not in the queue', () => {
  const list = events(['seen'], ['waited', { why: 'all slots are in use' }]);
  expect(links({ machine: machine('ready', asked), events: list })).toMatchObject({
    wrong: 'decision: it may install now, and has not asked since',
    next: 'Restart it.',
  });
});
