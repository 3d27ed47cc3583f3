import { setTimeout } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { formatBytes } from '../../lib/quantities.ts';
import { onLostOutput } from '../../system/standard-output.ts';
import { forTerminal, presentable, say, sayJson } from '../../ui/output.ts';
import { type FleetView, type MachineView, machineStates } from '../rule/views.ts';
import { countOf } from '../serve/count-of.ts';
import { askServer } from './ask-server.ts';

export interface StatusOptions {
  readonly all?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

const watchEveryMs = 1000;

/** Prints the view of the fleet. */
export async function showStatus(
  directory: string,
  { all = false, watch, json }: StatusOptions,
): Promise<undefined> {
  const view = async () => await askServer<FleetView>(directory, '/api/v1/machines');
  const lines = async () => linesOf(await view(), all);
  if (json) sayJson(await view(), 2);
  else if (watch) await watchLines(lines);
  else for (const line of await lines()) say(line);
}

/** Prints them whenever they change, for as long as somebody reads it. */
async function watchLines(lines: () => Promise<readonly string[]>): Promise<void> {
  const { stdout } = process;
  const screen = createLogUpdate(stdout);
  let isRead = true;
  using _ = onLostOutput(() => {
    isRead = false;
  });
  for (let shown = ''; isRead; await setTimeout(watchEveryMs)) {
    const text = (await lines()).map(presentable).join('\n');
    if (text === shown) continue;
    if (stdout.isTTY) screen(forTerminal(text));
    else stdout.write(`${text}\n`);
    shown = text;
  }
}

/** What a person wants to know, a line each. */
function linesOf(view: FleetView, all: boolean): string[] {
  const { machines, slots, bytesPerSecond, held, gateClosed, loadFailure } = view;
  const counts = Map.groupBy(machines, ({ state }) => state);
  const states = machineStates
    .filter((state) => counts.has(state))
    .map((state) => `${counts.get(state)?.length} ${state}`);
  return [
    `${countOf(machines.length)}: ${states.join(', ') || 'none'}`,
    `${slots.used} of ${slots.all} slots in use, ${formatBytes(bytesPerSecond)}/s`,
    held && 'The fleet is held. To install: coreos-provision release --all',
    gateClosed !== undefined && `No further machine begins: ${gateClosed}`,
    loadFailure !== undefined && `The newest files are not in use: ${loadFailure}`,
    ...machines.filter(({ progress }) => all || progress !== undefined).map(lineOf),
    ...machines.map(
      ({ name, needs }) => needs && `${name} (${needs.kind}): ${needs.sentence} ${needs.next}`,
    ),
  ].filter((line) => typeof line === 'string');
}

function lineOf({ name, rack, state, generation, progress }: MachineView): string {
  const { step = '', percent } = progress ?? {};
  const percents = percent === undefined ? '' : ` ${Math.floor(percent)} %`;
  return `  ${name.padEnd(24)} ${rack.padEnd(12)} ${state.padEnd(10)} ${generation} ${step}${percents}`.trimEnd();
}
