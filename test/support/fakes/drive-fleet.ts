import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetView, Need } from '../../../src/provision/rule/views.ts';
import type { MachineRecord } from './fake-machine.ts';
import { type FleetRun, unexpectedEnds } from './judge-fleet.ts';
import type { ServedFleet } from './served-fleet.ts';

/**
 * Watches a fleet until its fake machines have ended and everybody who needs a human is named; then
 * kills the server once more, and reads what it has kept.
 */
export async function driveFleet(
  served: ServedFleet,
  options: {
    readonly fakes: Promise<readonly MachineRecord[]>;
    readonly concurrency: number;
    /** How often to look, and how long after the end at most. */
    readonly watchEveryMs: number;
    readonly namedWithinMs: number;
    /** Who needs a human and why, whenever it is seen. */
    readonly onNamed?: (name: string, kind: Need['kind']) => void;
  },
): Promise<FleetRun> {
  const named = new Map<string, Set<Need['kind']>>();
  let records: readonly MachineRecord[] | undefined;
  const ended = options.fakes.then((all) => {
    records = all;
  });
  let untilMs = Number.POSITIVE_INFINITY;
  let view: FleetView | undefined;
  for (;;) {
    await Promise.race([records ? undefined : ended, sleep(options.watchEveryMs)]);
    if (records) {
      untilMs = Math.min(untilMs, performance.now() + options.namedWithinMs);
      await sleep(options.watchEveryMs);
    }
    // It may have been killed.
    view = await served.view().catch(() => undefined);
    for (const { name, needs } of view?.machines ?? []) {
      if (needs === undefined) continue;
      const kinds = named.get(name) ?? new Set();
      named.set(name, kinds.add(needs.kind));
      options.onNamed?.(name, needs.kind);
    }
    if (!records || !view) continue;
    if (unexpectedEnds({ records, view, named }).length === 0 || performance.now() > untilMs) break;
  }
  await served.kill();
  await served.start();
  return { records, events: await served.events(), view, named, concurrency: options.concurrency };
}
