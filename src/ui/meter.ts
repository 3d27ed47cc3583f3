import type { ProgressEvent } from '../install/pipeline.ts';

/** The progress at one moment. */
export interface Reading extends ProgressEvent {
  /** 0 to 100; never falls. Undefined while neither size is known. */
  readonly percent: number | undefined;
  /** Over the last seconds, in bytes a second. */
  readonly receivedRate: number;
  readonly onDeviceRate: number;
  /** Undefined when it cannot be estimated: a size is unknown, it has just begun, or nothing progresses. */
  readonly leftMs: number | undefined;
}

interface Sample {
  readonly atMs: number;
  readonly receivedBytes: number;
  readonly onDeviceBytes: number;
}

/** Rates are taken over this time. */
const windowMs = 10_000;
const sampleEveryMs = 250;
/** Before this the time left would be a guess. */
const leastMs = 2_000;

/** Turns counts into rates, a percentage and the time left. Times come from one monotonic clock. */
export class Meter {
  #latest: ProgressEvent | undefined;
  /** Oldest first; the first one is as old as the window, or the beginning. */
  #samples: Sample[] = [];
  #percent = 0;

  update(event: ProgressEvent, nowMs: number): void {
    this.#latest = event;
    const last = this.#samples.at(-1);
    if (last === undefined || nowMs - last.atMs >= sampleEveryMs)
      this.#samples.push({ atMs: nowMs, ...event });
  }

  /** Undefined before the first event. */
  read(nowMs: number): Reading | undefined {
    const event = this.#latest;
    if (event === undefined) return undefined;
    while ((this.#samples[1]?.atMs ?? Infinity) <= nowMs - windowMs) this.#samples.shift();
    const [oldest = { atMs: nowMs, ...event }] = this.#samples;
    const spanMs = nowMs - oldest.atMs;
    const rate = (key: 'receivedBytes' | 'onDeviceBytes') =>
      spanMs > 0 ? ((event[key] - oldest[key]) / spanMs) * 1000 : 0;
    const rates = { receivedRate: rate('receivedBytes'), onDeviceRate: rate('onDeviceBytes') };
    const percent = this.#percentOf(event);
    const known = percent === 100 || spanMs >= leastMs;
    return { ...event, ...rates, percent, leftMs: known ? leftMs(event, rates) : undefined };
  }

  /** The lower of network and disk: a download that is ahead of the disk would show too much. */
  #percentOf(event: ProgressEvent): number | undefined {
    const parts = [
      part(event.receivedBytes, event.sourceSizeBytes),
      part(event.onDeviceBytes, event.toWriteBytes),
    ].filter((value) => value !== undefined);
    if (parts.length === 0) return undefined;
    this.#percent = Math.max(this.#percent, 100 * Math.min(1, ...parts));
    return this.#percent;
  }
}

function part(doneBytes: number, wholeBytes: number | undefined): number | undefined {
  return wholeBytes === undefined ? undefined : doneBytes / Math.max(wholeBytes, 1);
}

/** The slower of network and disk decides. */
function leftMs(
  event: ProgressEvent,
  rates: { readonly receivedRate: number; readonly onDeviceRate: number },
): number | undefined {
  const times = [
    timeFor(event.receivedBytes, event.sourceSizeBytes, rates.receivedRate),
    timeFor(event.onDeviceBytes, event.toWriteBytes, rates.onDeviceRate),
  ].filter((time) => time !== undefined);
  const longestMs = Math.max(...times);
  return Number.isFinite(longestMs) ? longestMs : undefined;
}

function timeFor(doneBytes: number, wholeBytes: number | undefined, rate: number) {
  if (wholeBytes === undefined) return undefined;
  const remainingBytes = Math.max(0, wholeBytes - doneBytes);
  return remainingBytes === 0 ? 0 : (remainingBytes / rate) * 1000;
}
