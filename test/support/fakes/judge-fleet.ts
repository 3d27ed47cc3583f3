import type { FleetEvent, FleetView, Need } from '../../../src/provision/model.ts';
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
  'comes-back': { commits: [1], needs: /^came-back$/ },
  // Whichever was first may have been installed before the other one was switched on.
  'same-uuid': { commits: [0, 1], needs: /^clash$/ },
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
  return records.flatMap(({ machine: { name }, acknowledged }) =>
    acknowledged.flatMap(({ what, install }) => {
      const kinds = kept.get(`${name} ${install}`) ?? [];
      const isKept =
        kinds.includes(what) ||
        // What comes after the result is not kept; nor is the failure of an attempt that is over.
        (what === 'progress' && kinds.some((kind) => kind === 'installed' || kind === 'failed')) ||
        (what === 'failed' && kinds.filter((kind) => kind === 'permitted').length > 1);
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

/** The log itself says that the machine is held, or has this installation. */
function forbiddenPermits({ events }: FleetRun): string[] {
  const held = new Set<string>();
  const installed = new Set<string>();
  return events.flatMap(({ kind, machine = '', install = '' }) => {
    if (/^(held|clash)$/.test(kind)) held.add(machine);
    if (/^(released|retried)$/.test(kind)) held.delete(machine);
    if (kind === 'installed') installed.add(install);
    if (kind !== 'permitted') return [];
    return [
      ...(held.has(machine) ? [`${machine} is held, and was permitted`] : []),
      ...(installed.has(install) ? [`${machine} has ${install}, and was permitted again`] : []),
    ];
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
