import type { FleetEvent } from '../../../src/provision/happened/fleet-event.ts';
import type { FleetView, Need } from '../../../src/provision/rule/views.ts';
import type { MachineRecord } from './fake-machine.ts';
import type { Fault } from './fault-plan.ts';

export interface FleetRun {
  readonly records: readonly MachineRecord[];
  /** All that the server has kept, after its last end. */
  readonly events: readonly FleetEvent[];
  readonly view: FleetView;
  /** Why a human was needed, at any time, by machine. */
  readonly named: ReadonlyMap<string, ReadonlySet<Need['kind']>>;
  readonly concurrency: number;
}

/** How a machine must end: on its disk, and on the page. */
interface End {
  /** How often it may be installed. */
  readonly commits: readonly number[];
  /** Up, and nobody has to look at it. */
  readonly isSound?: true;
  /** Why a human is needed: in the end, or at any time. */
  readonly needs?: RegExp;
  readonly wasNamed?: Need['kind'];
}

const ends: Readonly<Record<Fault, End>> = {
  none: { commits: [1], isSound: true },
  restarts: { commits: [1], isSound: true },
  'loses-notice': { commits: [1], isSound: true },
  slow: { commits: [1], isSound: true, wasNamed: 'slow' },
  cut: { commits: [0], needs: /^(silent|failed)$/ },
  mute: { commits: [1], needs: /^(silent|failed)$/ },
  // Named as long as it goes on.
  'comes-back': { commits: [1], wasNamed: 'came-back' },
  // It always says what two lines say.
  'same-uuid': { commits: [0], needs: /^clash$/ },
  // It may have been installed before the other one was switched on.
  'shares-uuid': { commits: [0, 1], needs: /^clash$/ },
  'broken-disk': { commits: [0], needs: /^failed$/ },
  held: { commits: [0], needs: /^held$/ },
  // Known only to the server that it asked.
  stranger: { commits: [0], wasNamed: 'unknown' },
};

/** What holds of every fleet, whatever went wrong. Each sentence is something that does not. */
export function faultsOf(run: FleetRun): string[] {
  return [
    ...run.records.flatMap(({ machine, broken }) =>
      broken.map((what) => `${machine.name}: ${what}`),
    ),
    ...doubleInstallations(run),
    ...lostReports(run),
    ...tooManyAtOnce(run),
    ...forbiddenPermits(run),
    ...unexpectedEnds(run),
  ];
}

/** No disk gets one installation twice, no installation is on two disks, and each had a permit. */
function doubleInstallations({ records, events }: FleetRun): string[] {
  const ofMachine = new Map<string, string>();
  const permits = new Set(
    events.flatMap(({ kind, machine, install }) =>
      kind === 'permitted' ? [`${machine} ${install}`] : [],
    ),
  );
  return records.flatMap(({ machine: { name }, commits }) =>
    commits.flatMap((id) => {
      const before = ofMachine.get(id);
      ofMachine.set(id, name);
      return [
        ...(before === undefined ? [] : [`${id} was installed on ${before}, and on ${name}`]),
        ...(permits.has(`${name} ${id}`)
          ? []
          : [`${name} was installed without a permit for ${id}`]),
      ];
    }),
  );
}

/** What a server has acknowledged is in its events, also after it was killed. */
export function lostReports({ records, events }: Pick<FleetRun, 'records' | 'events'>): string[] {
  const kept = new Map<string, FleetEvent['kind'][]>();
  for (const { machine, install, kind } of events) {
    const key = `${machine} ${install}`;
    const kinds = kept.get(key);
    if (kinds) kinds.push(kind);
    else kept.set(key, [kind]);
  }
  return records.flatMap(({ machine: { name, fault }, acknowledged }) =>
    acknowledged.flatMap(({ what, install }) => {
      const kinds = kept.get(`${name} ${install}`) ?? [];
      const isKept =
        kinds.includes(what) ||
        // What comes after the result is not kept; nor is the failure of an attempt that is over.
        (what === 'progress' && kinds.some((kind) => kind === 'installed' || kind === 'failed')) ||
        (what === 'failed' &&
          fault !== 'broken-disk' &&
          kinds.filter((kind) => kind === 'permitted').length > 1);
      return isKept
        ? []
        : [`${name}: the server acknowledged “${what}” of ${install}, and lost it`];
    }),
  );
}

/** Permits beyond the slots. An installer that was given up and reports again has its slot again. */
function tooManyAtOnce({ events, concurrency }: FleetRun): string[] {
  const active = new Set<string>();
  return events.flatMap(({ kind, machine = '' }) => {
    const isMore = kind === 'permitted' && !active.has(machine) && active.size >= concurrency;
    if (/^(permitted|config-fetched|progress)$/.test(kind)) active.add(machine);
    if (/^(installed|failed|adopted)$/.test(kind)) active.delete(machine);
    return isMore ? [`${machine} was permitted beside ${active.size - 1} others`] : [];
  });
}

/** Permits that the log itself forbids, read as a stranger would read it. */
function forbiddenPermits({ events }: FleetRun): string[] {
  const installed = new Set<string>();
  /** Why none is given: to any machine, and to this one. */
  const forAll = new Set(['the fleet is held']);
  const forOne = new Map<string, Set<string>>();
  const tries = new Map<string, { install: string; count: number; isUsed: boolean }>();
  return events.flatMap(({ kind, machine, install = '', data }) => {
    if (machine === undefined) {
      if (kind === 'held') forAll.add('the fleet is held');
      if (/^(released|adopted)$/.test(kind)) forAll.delete('the fleet is held');
      if (kind === 'gate-closed') forAll.add('the gate is closed');
      if (kind === 'gate-opened') forAll.delete('the gate is closed');
      return [];
    }
    const holds = forOne.get(machine) ?? new Set();
    forOne.set(machine, holds);
    if (kind === 'clash') holds.add('it is held after a clash');
    if (kind === 'held') holds.add(data['attempts'] ? 'it has had its attempts' : 'it is held');
    // What an operator holds is the last that is released.
    const others = ['it is held after a clash', 'it has had its attempts'];
    if (kind === 'released' && !others.map((why) => holds.delete(why)).includes(true))
      holds.clear();
    if (kind === 'retried') holds.delete('it has had its attempts');
    if (/^(released|retried)$/.test(kind)) tries.delete(machine);
    if (kind === 'installed') {
      installed.add(install);
      // It had been given up too early.
      holds.delete('it has had its attempts');
    }
    const known = tries.get(machine);
    const isKnown = known && (kind !== 'permitted' || known.install === install);
    const own = isKnown ? known : { install, count: 0, isUsed: true };
    tries.set(machine, own);
    // A permit is an attempt from the first use of its token on, or when nothing was heard of it.
    if (/^(config-fetched|progress|failed)$/.test(kind) && !own.isUsed) {
      own.count += 1;
      own.isUsed = true;
    }
    if (kind !== 'permitted') return [];
    const why = [...forAll, ...holds];
    if (installed.has(install)) why.push(`it has ${install}`);
    if (own.count >= 3) why.push(`it has had ${own.count} attempts`);
    own.isUsed = false;
    return why.map((reason) => `${machine} was permitted, and ${reason}`);
  });
}

export function unexpectedEnds({
  records,
  view,
  named,
}: Pick<FleetRun, 'records' | 'view' | 'named'>): string[] {
  const views = new Map(view.machines.map((machine) => [machine.name, machine]));
  return records.flatMap(({ machine: { name, fault }, commits, failures }) => {
    const end = ends[fault];
    const { state, needs } = views.get(name) ?? {};
    const what = `${name} (${fault})`;
    const faults: string[] = [];
    if (!end.commits.includes(commits.length))
      faults.push(`${what} was installed ${commits.length} times. ${failures.join(' ')}`);
    if (end.isSound && (state !== 'booted' || needs !== undefined))
      faults.push(`${what} is ${state} in the end. ${needs?.sentence ?? ''}`);
    if (end.needs && !end.needs.test(needs?.kind ?? ''))
      faults.push(`${what} is ${state} in the end, and named ${needs?.kind}`);
    if (end.wasNamed && !named.get(name)?.has(end.wasNamed))
      faults.push(`${what} was never named ${end.wasNamed}`);
    return faults;
  });
}
