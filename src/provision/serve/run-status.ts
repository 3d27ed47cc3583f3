import { setTimeout } from 'node:timers/promises';
import { untilInterrupted } from '../../commands/until-interrupted.ts';
import { formatBytes } from '../../lib/quantities.ts';
import { forTerminal, presentable, say, sayJson } from '../../ui/output.ts';
import { type FleetView, type MachineView, machineStates } from '../model.ts';
import { askServer, unlessRefused } from './ask-server.ts';
import { countOf } from './count-of.ts';

export interface StatusAsked {
  readonly directory: string;
  readonly all: boolean;
  readonly watch: boolean;
  readonly json: boolean;
}

const watchEveryMs = 1000;

/** Prints the view of the fleet; returns the exit code. */
export async function runStatus(asked: StatusAsked): Promise<number> {
  const view = async () => await askServer<FleetView>(asked.directory, '/api/v1/machines');
  if (!asked.watch)
    return await unlessRefused(async () => {
      if (asked.json) sayJson(await view(), 2);
      else for (const line of linesOf(await view(), asked)) say(line);
    });
  const { createLogUpdate } = await import('log-update');
  const screen = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  let shown = '';
  return await untilInterrupted(async (signal) => {
    for (;;) {
      const text = linesOf(await view(), asked)
        .map(presentable)
        .join('\n');
      if (text !== shown && screen !== undefined) screen(forTerminal(text));
      else if (text !== shown) say(text);
      shown = text;
      await setTimeout(watchEveryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  });
}

/** What a person wants to know, a line each. */
export function linesOf(view: FleetView, { all }: Pick<StatusAsked, 'all'>): string[] {
  const { machines, slots, bytesPerSecond, held, gateClosed, loadFailure } = view;
  const counts = Map.groupBy(machines, ({ state }) => state);
  const states = machineStates.flatMap((state) => {
    const count = counts.get(state)?.length ?? 0;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const needy = machines.filter(({ needs }) => needs !== undefined);
  const shown = all ? machines : machines.filter(({ progress }) => progress !== undefined);
  return [
    `${countOf(machines.length)}: ${states.join(', ') || 'none'}`,
    `${slots.used} of ${slots.all} slots in use, ${formatBytes(bytesPerSecond)}/s`,
    ...(held ? ['The fleet is held. To install: coreos-provision release --all'] : []),
    ...(gateClosed === undefined ? [] : [`No further machine begins: ${gateClosed}`]),
    ...(loadFailure === undefined ? [] : [`The newest files are not in use: ${loadFailure}`]),
    ...shown.map(lineOf),
    ...needy.map(
      ({ name, needs }) => `${name} (${needs?.kind}): ${needs?.sentence} ${needs?.next}`,
    ),
  ];
}

function lineOf({ name, rack, state, generation, progress }: MachineView): string {
  const { step = '', percent } = progress ?? {};
  const percents = percent === undefined ? '' : ` ${Math.floor(percent)} %`;
  return `  ${name.padEnd(24)} ${rack.padEnd(12)} ${state.padEnd(10)} ${generation} ${step}${percents}`.trimEnd();
}
