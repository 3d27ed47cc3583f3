import { version } from '../../lib/version.ts';
import { dueEvery } from '../at-most-every.ts';
import { Meter } from '../meter.ts';
import { sayJson, warn } from '../output.ts';
import type { Display, InstallEvent } from './events.ts';
import { parametersData, planData, resultData } from './plan-data.ts';
import { wordsFor } from './words.ts';

/** Incremented when a member changes its meaning; see docs/progress.md. */
export const schemaVersion = 1;
const intervalMs = 1000;

/** One JSON object per line on standard output; a failure also as text on standard error. */
export function jsonDisplay(): Display {
  const print = jsonEvents(sayJson);
  return {
    show(event) {
      print(event);
      if (event.event === 'failed') for (const line of wordsFor(event).warn) warn(line);
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** Hands each event to `take` as an object, progress at most once a second. */
export function jsonEvents(take: (data: Data) => void): (event: InstallEvent) => void {
  const meter = new Meter();
  const due = dueEvery(intervalMs);
  const timed = (data: Data) => take({ time: new Date().toISOString(), ...data });
  return (event) => {
    if (event.event === 'progress') {
      const nowMs = performance.now();
      meter.update(event.progress, nowMs);
      if (!due(nowMs)) return;
    }
    if (event.event === 'step-ends' && event.step === 'write') timed(progressData(meter));
    timed(dataOf(event, meter));
  };
}

export interface Data {
  readonly event: string;
  readonly [member: string]: unknown;
}

/** An event as plain values, its kind first. */
export function dataOf(event: InstallEvent, meter: Meter): Data {
  switch (event.event) {
    case 'begin':
      return { event: 'begin', schemaVersion, installer: version };
    case 'parameters':
      return { event: 'parameters', ...parametersData(event.parameters) };
    case 'plan':
    case 'planned':
      return { event: event.event, ...planData(event.plan) };
    case 'progress':
      return progressData(meter);
    case 'waiting':
      return { event: 'waiting', ...event.waiting };
    case 'rereading':
      return { event: 'rereading', ...event.again };
    case 'installed':
      return { event: 'installed', elapsedMs: event.elapsedMs, ...resultData(event.installed) };
    case 'failed': {
      const { disk, ...failure } = event.failure;
      return { event: 'failed', ...failure, target: disk.path, diskState: disk.state };
    }
    default:
      return event;
  }
}

function progressData(meter: Meter): Data {
  const { receivedRate, onDeviceRate, ...reading } = meter.read(performance.now()) ?? {};
  return {
    event: 'progress',
    ...reading,
    receivedBytesPerS: receivedRate,
    onDeviceBytesPerS: onDeviceRate,
  };
}
