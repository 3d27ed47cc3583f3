import type { Decision, MachineQuery, Profile, WantedMachine } from '../model.ts';
import type { Core } from './core.ts';
import { decide, type Verdict } from './decide.ts';
import { identitiesOf } from './identify.ts';
import { heldBecause, type Past, untouched } from './past.ts';
import { hashToken, installId, isToken, tokenFrom } from './tokens.ts';

/** A loader repeats a request whose answer was lost; so soon that nothing else can be meant. */
const sameRequestMs = 60_000;
/** Two intervals of reports at least: an installer that is alive would have been heard. */
export const reportingMs = 60_000;

/** A machine that restarts less often is in no loop: systems are updated. */
const loopMs = 900_000;

/** What only the memory knows of a permit: the token, while it may have to be repeated. */
export interface Flight {
  readonly id: string;
  readonly token: string;
  /** Its config as it was when the digest of it was given to the loader. */
  readonly machine: WantedMachine;
  readonly profile: Profile;
}

/** A boot script was asked for while the installation of this machine reported. */
export interface Contest {
  readonly atMs: number;
  readonly from: string;
}

export interface Asking {
  readonly core: Core;
  readonly flights: Map<string, Flight>;
  readonly contests: Map<string, Contest>;
  readonly random: (sizeBytes: number) => Buffer;
}

/** What a machine on a line of the inventory boots. */
export function answer(
  asking: Asking,
  machine: WantedMachine,
  query: MachineQuery,
  sourceIp: string,
): Decision {
  const { core, flights, contests } = asking;
  const { name } = machine;
  const nowMs = core.now();
  const about = { machine: name, actor: 'machine', sourceIp };
  if (!core.history.has(name))
    core.ifWritable(() => core.record({ kind: 'seen', ...about, data: { ...query } }));
  const { history, queue } = core;
  const before = history.of(name);
  history.replace(name, { ...before, heardMs: nowMs });

  const generation = core.generationOf(machine);
  const profile = profileOf(core, machine);
  const { count, goesOn } = attemptsOf(before, generation, nowMs);
  const ended = goesOn ? count - 1 : count;
  const verdict = judge(core, machine, profile, ended);
  if (verdict.kind !== 'wait' || !verdict.inQueue) queue.leave(name);
  if (verdict.kind === 'install' || verdict.kind === 'wait') {
    const identities = identitiesOf(machine, query);
    const other = history.otherNameOf(identities, name);
    if (other !== undefined) {
      const why = `It was installed as ${other} (${identities.join(', ')}).`;
      const data = { why, identities };
      core.ifWritable(() => core.record({ kind: 'clash', ...about, actor: 'server', data }));
      return toDisk(profile, `it is held: ${why}`);
    }
  }

  switch (verdict.kind) {
    case 'install': {
      contests.delete(name);
      const flight = flights.get(name);
      if (goesOn && flight && isToBeRepeated(flight, before, sourceIp))
        return permission(core, flight);
      return permission(core, mint(asking, machine, profile, ended + 1, query, sourceIp));
    }
    case 'wait': {
      if (verdict.inQueue) {
        if (queue.ask(name, core.monotonic()))
          core.record({ kind: 'waited', ...about, data: { why: verdict.why } });
        const position = queue.position(name);
        return {
          kind: 'wait',
          why: verdict.why,
          position,
          retryAfterMs: 10_000 + (position % 10) * 1000,
        };
      }
      if (!contests.has(name)) contests.set(name, { atMs: nowMs, from: sourceIp });
      core.recordSometimes({ kind: 'waited', ...about, data: { why: verdict.why } });
      return { kind: 'wait', why: verdict.why, retryAfterMs: 15_000 };
    }
    case 'give-up':
      core.ifWritable(() => core.giveUp(name));
      return toDisk(
        profile,
        `it is held: ${heldBecause(core.history.of(name)) ?? 'it has had its attempts'}`,
      );
    case 'local-boot':
      core.ifWritable(() => {
        if (before.installedGeneration >= generation) cameBack(core, before, about);
        else core.recordSometimes({ kind: 'sent-to-disk', ...about, data: { why: verdict.why } });
      });
      return toDisk(profile, verdict.why);
  }
}

export function profileOf(core: Core, machine: WantedMachine): Profile {
  const profile = core.fleet.profiles.get(machine.profile);
  if (profile === undefined) throw new Error(`no profile ${machine.profile}`);
  return profile;
}

function judge(core: Core, machine: WantedMachine, profile: Profile, attempts: number): Verdict {
  const { history, queue, fleet } = core;
  const past = history.of(machine.name);
  const { permit } = past;
  const held = heldBecause(past);
  const mayBegin = (other: string) => {
    const line = fleet.machines.get(other);
    return line !== undefined && core.canaries.allow(profileOf(core, line));
  };
  const free = fleet.settings.concurrency - history.active.size;
  const isActive = history.active.has(machine.name);
  const canaryAllows = isActive || core.canaries.allow(profile);
  return decide({
    generation: core.generationOf(machine),
    installedGeneration: past.installedGeneration,
    ...(held !== undefined && { heldBecause: held }),
    fleetHeld: history.fleet.held,
    attempts,
    reporting: isActive && permit?.used !== undefined && core.silentMs(permit) < reportingMs,
    ...(history.fleet.gateClosed !== undefined && { gateClosed: history.fleet.gateClosed }),
    canaryAllows,
    // While all wait for the first one of a profile, nobody has to look at the whole queue.
    slotFree: isActive || (canaryAllows && queue.hasTurn(machine.name, free, mayBegin)),
  });
}

/** The attempts at this generation, and whether the newest has only begun: it goes on. */
function attemptsOf(past: Past, generation: number, nowMs: number) {
  const { count, startMs } =
    past.attempts.generation === generation ? past.attempts : untouched.attempts;
  const unused = past.phase === 'booting' && past.permit?.used === undefined;
  const ageMs = nowMs - startMs;
  return { count, goesOn: unused && count > 0 && ageMs >= 0 && ageMs < sameRequestMs };
}

/** Then it gets the same token: a loader that repeats itself must not end up with an old one. */
function isToBeRepeated(flight: Flight, { permit }: Past, sourceIp: string): boolean {
  return permit?.askedFrom === sourceIp && isToken(flight.token, permit.tokenSha256);
}

function mint(
  { core, flights, random }: Asking,
  machine: WantedMachine,
  profile: Profile,
  attempt: number,
  query: MachineQuery,
  sourceIp: string,
): Flight {
  const generation = core.generationOf(machine);
  const id = installId(machine.name, generation);
  const token = tokenFrom(random);
  core.record({
    kind: 'permitted',
    machine: machine.name,
    install: id,
    actor: 'machine',
    sourceIp,
    tokenSha256: hashToken(token),
    data: {
      generation,
      attempt,
      image: profile.image.sha256,
      profile: profile.digest,
      config: machine.configSha512,
      identities: identitiesOf(machine, query),
    },
  });
  const flight = { id, token, machine, profile };
  flights.set(machine.name, flight);
  return flight;
}

function permission(core: Core, { id, token, machine, profile }: Flight): Decision {
  const { url, edges } = core.fleet.settings;
  const assetsUrl = edges.get(machine.rack) ?? url;
  return { kind: 'install', machine, profile, install: { id, token }, assetsUrl };
}

function cameBack(
  core: Core,
  before: Past,
  about: { readonly machine: string; readonly actor: string; readonly sourceIp: string },
): void {
  const sinceMs = core.now() - (before.heardMs ?? 0);
  const again = sinceMs < loopMs ? before.cameBack : 0;
  // A loader that repeats its request has not come back twice.
  const times = again + (again > 0 && sinceMs < 10_000 ? 0 : 1);
  const event = { kind: 'came-back', ...about, data: { times } } as const;
  if (before.cameBack === 0) core.record(event);
  else core.recordSometimes(event);
  const { history } = core;
  history.replace(about.machine, { ...history.of(about.machine), cameBack: times });
}

export function toDisk(profile: Profile | undefined, why: string): Decision {
  return { kind: 'local-boot', why, method: profile?.localBoot ?? 'exit' };
}
