import type { WantedMachine } from '../wanted/fleet.ts';
import type { Decision, MachineQuery } from './control-interface.ts';
import type { Core, Flight } from './core.ts';
import { decide, type Verdict } from './decide.ts';
import { identitiesOf } from './identify.ts';
import {
  activeOf,
  attemptsAt,
  cameBackOf,
  generationFor,
  hasBegun,
  heldBecause,
  isActive,
  isOlder,
  type Past,
} from './past.ts';
import { clash } from './reports.ts';
import { hashToken, installId, isToken, newToken } from './tokens.ts';

/** A loader repeats a request whose answer was lost; so soon that nothing else can be meant. */
const sameRequestMs = 60_000;
/** A loader that goes on to its other address asks again; anybody else could have an event stored by each request. */
const otherAddressMs = 10_000;
/** Two intervals of reports at least: an installer that is alive would have been heard. */
const reportingMs = 60_000;
/** Within one boot, firmware goes through all its entries for the network before it comes to the disk. */
const oneBootMs = 180_000;

/** What a machine boots, whatever it says of itself. */
export function ask(core: Core, query: MachineQuery, sourceIp: string): Decision {
  const found = core.identities.find(query);
  if (found.kind === 'machine') return answer(core, found.machine, query, sourceIp);
  if (found.kind === 'clash') {
    const names = found.machines.map(({ name }) => name);
    const what = `A machine has identities of ${names.join(' and ')}`;
    for (const name of names) core.ifWritable(() => clash(core, name, [sourceIp], what));
    return toDisk(core, found.machines[0], 'its identities belong to several machines');
  }
  const { name, resembles } = found;
  const stranger = { name, query, sourceIp, heardMs: core.now(), ...(resembles && { resembles }) };
  const about = { machine: name, actor: 'machine', sourceIp, data: { unknown: true } };
  if (core.strangers.meet(stranger)) core.ifWritable(() => core.record({ kind: 'seen', ...about }));
  core.version += 1;
  return toDisk(core, resembles, 'it is in no line of machines.csv');
}

function answer(
  core: Core,
  machine: WantedMachine,
  query: MachineQuery,
  sourceIp: string,
): Decision {
  const { name } = machine;
  const about = { machine: name, actor: 'machine', sourceIp };
  if (!core.history.has(name))
    core.ifWritable(() => core.record({ kind: 'seen', ...about, data: { ...query } }));
  const { history, queue } = core;
  const past = history.of(name);
  const { mac } = query;
  history.set(name, { ...past, heardMs: core.now(), ...(mac !== undefined && { mac }) });
  core.version += 1;

  const identities = identitiesOf(machine, query);
  const verdict = judge(core, machine, past, identities);
  if (verdict.kind !== 'wait' || !verdict.inQueue) queue.leave(name);
  switch (verdict.kind) {
    case 'install': {
      const flight = flightOf(core, machine, past, identities, sourceIp);
      if (flight === undefined) {
        const why = 'its boot script has just been given to another address';
        return { kind: 'wait', why, retryAfterMs: otherAddressMs };
      }
      const { id, token, ...given } = flight;
      const { url, edges } = core.fleet.settings;
      const assetsUrl = edges.get(given.machine.rack) ?? url;
      return { kind: 'install', ...given, install: { id, token }, assetsUrl };
    }
    case 'wait': {
      const { why } = verdict;
      if (!verdict.inQueue) {
        if (activeOf(past)?.contest === undefined)
          core.record({ kind: 'waited', ...about, data: { why, contest: true } });
        return { kind: 'wait', why, retryAfterMs: 15_000 };
      }
      if (queue.ask(name, core.monotonic()))
        core.record({ kind: 'waited', ...about, data: { why } });
      const position = queue.position(name);
      return { kind: 'wait', why, position, retryAfterMs: 10_000 + (position % 10) * 1000 };
    }
    case 'hold': {
      const { why } = verdict;
      core.ifWritable(() => {
        if (verdict.for === 'attempts') core.failSilently(name, why);
        else core.record({ kind: 'clash', ...about, actor: 'server', data: { why, identities } });
      });
      return toDisk(core, machine, `it is held: ${why}`);
    }
    case 'local-boot':
      core.ifWritable(() => {
        if (!isOlder(machine, past)) cameBack(core, past, query, about);
        else core.recordSometimes({ kind: 'sent-to-disk', ...about, data: { why: verdict.why } });
      });
      return toDisk(core, machine, verdict.why);
  }
}

function judge(
  core: Core,
  machine: WantedMachine,
  past: Past,
  identities: readonly string[],
): Verdict {
  const { history, queue, canaries, fleet } = core;
  const { name } = machine;
  const generation = generationFor(machine, past);
  const active = isActive(past);
  const canaryAllows = active || canaries.allow(core.profileOf(machine));
  const mayBegin = (other: string) => {
    const line = fleet.machines.get(other);
    return line !== undefined && canaries.allow(core.profileOf(line));
  };
  const free = fleet.settings.concurrency - history.active.size;
  return decide({
    generation,
    installedGeneration: past.installed.generation,
    heldBecause: heldBecause(past),
    fleetHeld: history.fleet.held,
    installedAs: history.otherNameOf(identities, name),
    identities,
    reporting: active && hasBegun(past) && core.silentMs(name) < reportingMs,
    attempts: attemptsAt(generation, past),
    gateClosed: history.fleet.gateClosed !== undefined,
    canaryAllows,
    // While all wait for the first one of a profile, nobody has to look at the whole queue.
    slotFree: active || (canaryAllows && queue.hasTurn(name, free, mayBegin)),
  });
}

/**
 * A loader that repeats itself gets the same token: it must not end up with an old one. Undefined: a token
 * has just been given to another address, and was not used yet.
 */
function flightOf(
  core: Core,
  machine: WantedMachine,
  past: Past,
  identities: readonly string[],
  sourceIp: string,
): Flight | undefined {
  const { name } = machine;
  const generation = generationFor(machine, past);
  const profile = core.profileOf(machine);
  const id = installId(name, generation);
  const [permit] = past.permits;
  const isBooting = past.state.kind === 'booting' && permit?.id === id && !permit.isAttempt;
  const flight = core.flights.get(name);
  const nowMs = core.monotonic();
  if (flight !== undefined && isBooting && isToken(flight.token, permit.tokenSha256)) {
    const sinceMs = nowMs - flight.mintedMs;
    const isSame = permit.askedFrom === sourceIp;
    if (isSame && sinceMs < sameRequestMs) return flight;
    if (!isSame && sinceMs < otherAddressMs) return undefined;
  }

  const token = newToken();
  core.record({
    kind: 'permitted',
    machine: name,
    install: id,
    actor: 'machine',
    sourceIp,
    tokenSha256: hashToken(token),
    data: {
      generation,
      attempt: attemptsAt(generation, past) + 1,
      image: profile.image.sha256,
      profile: profile.digest,
      identities,
    },
  });
  // Who asks again and again has not begun: silence is counted from the first time.
  if (!isBooting) core.heard(name);
  const minted = { id, token, mintedMs: nowMs, machine, profile };
  core.flights.set(name, minted);
  return minted;
}

/** Within one boot, several entries of the firmware may ask; a machine in a loop asks with the same card again. */
function cameBack(
  core: Core,
  past: Past,
  { mac }: MachineQuery,
  about: { readonly machine: string; readonly actor: string; readonly sourceIp: string },
): void {
  const nowMs = core.now();
  const before = cameBackOf(past, nowMs);
  if (before && (before.mac !== mac || nowMs - before.atMs < oneBootMs)) return;
  const data = { times: (before?.times ?? 0) + 1, ...(mac !== undefined && { mac }) };
  core.recordSometimes({ kind: 'came-back', ...about, data }, past.state.kind === 'installed');
}

function toDisk(core: Core, machine: WantedMachine | undefined, why: string): Decision {
  const method = machine === undefined ? 'exit' : core.profileOf(machine).localBoot;
  return { kind: 'local-boot', why, method };
}
