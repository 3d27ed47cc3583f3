import type { WantedMachine } from '../wanted/fleet.ts';
import type { Core } from './core.ts';
import {
  type Active,
  activeOf,
  hasBegun,
  heldBecause,
  isInLoop,
  isOlder,
  type Past,
} from './past.ts';
import type { Stranger } from './strangers.ts';
import type { Need } from './views.ts';

const silentAfterMs = 60_000;
/** Firmware, loader, kernel and initramfs come before the first report. */
const bootsWithinMs = 600_000;
/** A machine that is installed is up within it, or does not come up. */
const upWithinMs = 900_000;

/** Why a human has to look at a machine, and what to do. */
export function needOf(
  core: Core,
  line: WantedMachine,
  past: Past,
  medianRate: number | undefined,
): Need | undefined {
  const { name } = line;
  const { holds, state } = past;
  const why = heldBecause(past) ?? '';
  const isMissed = isAwaited(core, line, past) && !core.canaries.allow(core.profileOf(line));
  const others = isMissed
    ? ' Until its system reports, no further machine of its profile begins.'
    : '';
  const failure = state.kind === 'failed' ? state : undefined;
  const disk = failure?.diskState === undefined ? {} : { diskState: failure.diskState };
  // What an operator holds stays held.
  const again = holds.held === undefined ? '' : ', and once more when that reason has gone';
  const release = `run: coreos-provision release ${name}${again}`;
  if (holds.clash !== undefined) {
    const next = past.renamed
      ? `To keep its system under this name, run: coreos-provision adopt ${name}. To erase it, ${release}`
      : `Find out which of the two is ${name}. Its line needs its MAC address, and no UUID or serial number that another machine has. Then ${release}`;
    return { kind: 'clash', sentence: why, next };
  }
  if (holds.failed !== undefined) {
    const command = again ? release : `run: coreos-provision retry ${name}`;
    const next = `Repair the cause, ${command} and switch the machine on again.`;
    return { kind: 'failed', sentence: why, next, ...disk };
  }
  if (holds.held !== undefined) {
    const next = `When the reason has gone, run: coreos-provision release ${name}`;
    return { kind: 'held', sentence: `${why}${others}`, next };
  }
  if (failure) {
    const next = 'Look at its console; when it is switched on again, it is tried again.';
    return { kind: 'failed', sentence: failure.reason, next, ...disk };
  }
  const active = activeOf(past);
  if (active) return slowness(core, name, past, active, medianRate);
  // Until it is asked for once more.
  if (past.installed.nothingWritten && !isOlder(line, past))
    return {
      kind: 'failed',
      sentence: 'It had this installation already: nothing was written, and its disk is as it was.',
      next: `To erase it, run: coreos-provision reinstall ${name}. To keep it, run: coreos-provision adopt ${name}`,
    };
  if (state.kind === 'came-back' && isInLoop(past, core.now()))
    return {
      kind: 'came-back',
      sentence: `It is installed, and has asked for a boot script again ${state.times} times.${others}`,
      next: `Look at its console. If its system runs, put the disk before the network in its boot order. If it does not, look at the disk and the boot order, and try another local_boot in its profile. Only if the disk is empty, as a new one, run: coreos-provision reinstall ${name}`,
    };
  const waitsMs = core.now() - past.sinceMs;
  if (isAwaited(core, line, past) && waitsMs > upWithinMs) {
    const since = state.kind === 'installed' ? 'was installed' : 'went to its disk';
    return {
      kind: 'silent',
      sentence: `It ${since} ${minutes(waitsMs)} minutes ago, and its system has not reported.${others}`,
      next: `Look at its console: it may not have booted, or cannot reach this server. To install it again, run: coreos-provision reinstall ${name}`,
    };
  }
  return undefined;
}

/** It was installed, and its system is to report for the first time. */
export const isAwaited = (core: Core, line: WantedMachine, past: Past): boolean =>
  /^(installed|came-back)$/.test(past.state.kind) &&
  !past.installed.isUp &&
  past.installed.digest !== undefined &&
  !isOlder(line, past) &&
  core.profileOf(line).phoneHome;

function slowness(
  core: Core,
  name: string,
  past: Past,
  { kind, progress }: Active,
  median: number | undefined,
): Need | undefined {
  const silentMs = core.silentMs(name);
  // Its loader may ask again and again.
  if (!hasBegun(past) && silentMs > bootsWithinMs)
    return {
      kind: 'silent',
      sentence: `It got its boot script ${minutes(silentMs)} minutes ago, and no installer has begun.`,
      next: 'Look at its console: kernel or initramfs cannot be loaded, as from a cache that is down, or do not start. Its slot becomes free by itself.',
    };
  if (silentMs > (kind === 'installing' ? silentAfterMs : bootsWithinMs))
    return {
      kind: 'silent',
      sentence: `Nothing was heard of it for ${minutes(silentMs)} minutes, while it is being installed.`,
      next: 'Look at its console and its network. Its slot becomes free by itself.',
    };
  const rate = progress?.bytesPerSecond;
  if (rate !== undefined && median !== undefined && rate * 4 < median)
    return {
      kind: 'slow',
      sentence: `It writes ${mebibytes(rate)} MiB/s, others ${mebibytes(median)} MiB/s.`,
      next: 'Look at its disk, its cable and its network card.',
    };
  return undefined;
}

export function needOfStranger({ name, sourceIp, resembles }: Stranger): Need {
  if (resembles === undefined)
    return {
      kind: 'unknown',
      sentence: `${name} asked from ${sourceIp}, and is in no line of machines.csv.`,
      next: 'If it is one of yours, add a line for it.',
    };
  const other = resembles.name;
  return {
    kind: 'clash',
    sentence: `${name} asked from ${sourceIp} with the UUID or serial number of ${other}, but with another MAC address.`,
    next: `If it is ${other}, add the MAC address to its line; otherwise give that machine no UUID and no serial number.`,
  };
}

/** Of the rates of those that write now; absent for fewer than three: of two, either may be the slow one. */
export function medianOf(rates: readonly number[]): number | undefined {
  return rates.length < 3 ? undefined : rates.toSorted((a, b) => a - b)[rates.length >> 1];
}

const minutes = (ms: number) => Math.max(1, Math.round(ms / 60_000));
const mebibytes = (sizeBytes: number) => (sizeBytes / 2 ** 20).toFixed(1);
