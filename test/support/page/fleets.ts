import type {
  FleetView,
  MachineState,
  MachineView,
  Need,
} from '../../../src/provision/rule/views.ts';

export function exampleMachine(
  machine: Partial<MachineView> & { readonly name: string },
): MachineView {
  return {
    ...{ rack: 'r01', profile: 'worker', state: 'ready', macs: ['52:54:00:00:00:01'] },
    ...{ generation: 1, installedGeneration: 0, attempts: 0, sinceMs: Date.now() - 60_000 },
    ...machine,
  };
}

export function exampleFleet(
  machines: readonly MachineView[],
  fleet: Partial<FleetView> = {},
): FleetView {
  return {
    ...{ seq: 1, atMs: Date.now(), held: false, bytesPerSecond: 0, slots: { used: 0, all: 40 } },
    ...fleet,
    machines,
  };
}

/** A fleet in the middle of its installation, with something of everything; the same each time. */
export function busyFleet(racks: number, perRack: number, atMs: number): FleetView {
  const all = racks * perRack;
  const machines = Array.from({ length: all }, (_, at): MachineView => {
    const rack = `r${String(Math.floor(at / perRack) + 1).padStart(2, '0')}`;
    const state = stateAt(at, all);
    const needs = needsAt.get(at);
    return exampleMachine({
      ...{ name: `${rack}-${String((at % perRack) + 1).padStart(2, '0')}`, rack },
      ...{
        state: needs?.state ?? state,
        macs: [mac(at)],
        sinceMs: atMs - 30_000 - ((at * 7919) % 480_000),
      },
      ...{ heardMs: atMs - (at % 50) * 100, attempts: attemptsIn(needs?.state ?? state) },
      ...((needs?.state ?? state) === 'installing' && {
        progress: { step: 'write', percent: (at * 37) % 100, bytesPerSecond: 26e6 },
      }),
      ...(needs && { needs: needs.need }),
    });
  });
  machines.push(
    exampleMachine({
      ...{ name: '52:54:00:aa:07:19', rack: '', state: 'unknown', macs: ['52:54:00:aa:07:19'] },
      needs: {
        kind: 'unknown',
        sentence: '52:54:00:aa:07:19 asked from 192.0.2.211, and is in no line of machines.csv.',
        next: 'If it is one of yours, add a line for it.',
      },
    }),
  );
  const active = machines.filter(
    ({ state }) => state === 'booting' || state === 'installing',
  ).length;
  const bytesPerSecond = machines.reduce(
    (sum, one) => sum + (one.progress?.bytesPerSecond ?? 0),
    0,
  );
  return {
    ...{ seq: 4711, atMs, held: false, slots: { used: active, all: active }, bytesPerSecond },
    machines,
  };
}

/** Success has ended the counting. */
const attemptsIn = (state: MachineState) =>
  state === 'failed' ? 2 : /^(installed|booted|came-back)$/.test(state) ? 0 : 1;

const mac = (at: number) =>
  `52:54:00:00:${[at >> 8, at & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;

function stateAt(at: number, all: number): MachineState {
  const done = at / all;
  if (done < 0.42) return at % 23 === 5 ? 'installed' : 'booted';
  if (done < 0.47) return 'installed';
  if (done < 0.65) return at % 9 === 4 ? 'booting' : 'installing';
  if (done < 0.85) return 'queued';
  return 'ready';
}

const needsAt = new Map<number, { readonly state: MachineState; readonly need: Need }>([
  [
    17,
    {
      state: 'came-back',
      need: {
        kind: 'came-back',
        sentence: 'It is installed, and has asked for a boot script again 2 times.',
        next: 'Put the disk before the network in its boot order, or try another local_boot in its profile. If its disk was replaced, run reinstall.',
      },
    },
  ],
  [
    58,
    {
      state: 'failed',
      need: {
        kind: 'failed',
        sentence: '/dev/nvme0n1: writing at 1.2 GiB failed: input/output error (EIO).',
        next: 'Exchange the disk. When it is switched on again, it is tried again.',
        diskState: 'no-table',
      },
    },
  ],
  [
    91,
    {
      state: 'held',
      need: {
        kind: 'clash',
        sentence:
          'While it was installed, a boot script was asked for again: 192.0.2.91 and 192.0.2.140.',
        next: 'Find out which of the two is r03-12; then run: coreos-provision release r03-12',
      },
    },
  ],
  [
    103,
    {
      state: 'installing',
      need: {
        kind: 'silent',
        sentence: 'Nothing was heard of it for 2 minutes, while it is being installed.',
        next: 'Look at its console and its network. Its slot becomes free by itself.',
      },
    },
  ],
]);
