import type { Need } from '../model.ts';
import type { Core } from './core.ts';
import { heldBecause, isActive, type Past } from './past.ts';
import type { Stranger } from './strangers.ts';

const silentAfterMs = 60_000;
/** Firmware, loader, kernel and initramfs come before the first report. */
const bootsWithinMs = 600_000;
/** A machine that is installed is up within it, or does not come up. */
const upWithinMs = 900_000;

/** Why a human has to look at a machine, and what to do. */
export function needOf(
  core: Core,
  name: string,
  past: Past,
  medianRate: number | undefined,
): Need | undefined {
  const { holds, failure } = past;
  const why = heldBecause(past);
  const disk = failure?.diskState === undefined ? {} : { diskState: failure.diskState };
  // What an operator holds stays held.
  const again = holds.held === undefined ? '' : ', and once more when that reason has gone';
  if (holds.clash !== undefined)
    return need(
      'clash',
      why ?? '',
      past.renamed
        ? `To keep its system under this name, run: coreos-provision adopt ${name}. To erase it, run: coreos-provision release ${name}${again}`
        : `Find out which of the two is ${name}. Its line needs its MAC address, and no UUID or serial number that another machine has. Then run: coreos-provision release ${name}${again}`,
    );
  if (holds.failed !== undefined)
    return {
      ...need(
        'failed',
        why ?? '',
        `Repair the cause, run: coreos-provision ${again ? 'release' : 'retry'} ${name}${again} and switch the machine on again.`,
      ),
      ...disk,
    };
  if (why !== undefined)
    return need('held', why, `When the reason has gone, run: coreos-provision release ${name}`);
  if (past.phase === 'failed' && failure)
    return {
      ...need(
        'failed',
        failure.reason,
        'Look at its console; when it is switched on again, it is tried again.',
      ),
      ...disk,
    };
  if (isActive(past)) return slowness(core, past, medianRate);
  if (past.nothingWritten)
    return need(
      'failed',
      'It had this installation already: nothing was written, and its disk is as it was.',
      `To erase it, run: coreos-provision reinstall ${name}. To keep it, run: coreos-provision adopt ${name}`,
    );
  if (past.phase === 'came-back' && past.cameBack > 1)
    return need(
      'came-back',
      `It is installed, and has asked for a boot script again ${past.cameBack} times.`,
      'Put the disk before the network in its boot order, or try another local_boot in its profile. If its disk was replaced, run reinstall.',
    );
  const line = core.fleet.machines.get(name);
  const phones = core.fleet.profiles.get(line?.profile ?? '')?.phoneHome === true;
  const waitsMs = core.now() - past.sinceMs;
  if (
    phones &&
    past.phase === 'installed' &&
    past.installedDigest !== undefined &&
    waitsMs > upWithinMs
  )
    return need(
      'silent',
      `It was installed ${minutes(waitsMs)} minutes ago, and its system has not reported.`,
      'Look at its console: it may not have booted, or cannot reach this server.',
    );
  return undefined;
}

function slowness(
  core: Core,
  { permit, progress, phase }: Past,
  median: number | undefined,
): Need | undefined {
  const silentMs = permit ? core.silentMs(permit) : 0;
  if (silentMs > (phase === 'installing' ? silentAfterMs : bootsWithinMs))
    return need(
      'silent',
      `Nothing was heard of it for ${minutes(silentMs)} minutes, while it is being installed.`,
      'Look at its console and its network. Its slot becomes free by itself.',
    );
  const rate = progress?.bytesPerSecond;
  if (rate !== undefined && median !== undefined && rate * 4 < median)
    return need(
      'slow',
      `It writes ${mebibytes(rate)} MiB/s, others ${mebibytes(median)} MiB/s.`,
      'Look at its disk, its cable and its network card.',
    );
  return undefined;
}

export function needOfStranger({ name, sourceIp, resembles }: Stranger): Need {
  return resembles === undefined
    ? need(
        'unknown',
        `${name} asked from ${sourceIp}, and is in no line of machines.csv.`,
        'If it is one of yours, add a line for it.',
      )
    : need(
        'clash',
        `${name} asked from ${sourceIp} with the UUID or serial number of ${resembles}, but with another MAC address.`,
        `If it is ${resembles}, add the MAC address to its line; otherwise give that machine no UUID and no serial number.`,
      );
}

/** Of the rates of those that write now; absent for fewer than three: of two, either may be the slow one. */
export function medianOf(rates: readonly number[]): number | undefined {
  return rates.length < 3 ? undefined : rates.toSorted((a, b) => a - b)[rates.length >> 1];
}

const need = (kind: Need['kind'], sentence: string, next: string): Need => ({
  kind,
  sentence,
  next,
});
const minutes = (ms: number) => Math.max(1, Math.round(ms / 60_000));
const mebibytes = (sizeBytes: number) => (sizeBytes / 2 ** 20).toFixed(1);
