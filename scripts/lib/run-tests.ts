import { type RunningPart, startPart, tailOf } from './run-part.ts';
import type { Part, Plan } from './test-parts.ts';
import {
  minutes,
  type Outcome,
  sumOf,
  type Totals,
  timesTable,
  totalsLine,
} from './test-report.ts';

export interface TestRun {
  /** What everything is run in. */
  root: string;
  /** For the logs. */
  directory: string;
  print(text: string): void;
  /** Ends all that runs; what has not begun does not begin. */
  signal: AbortSignal;
  /** How often it is told what runs; default: every minute. */
  tellEveryMs?: number;
}

/** Runs all parts, also where one fails; tells what happens, and at the end how long each took. */
export async function runTests(plan: Plan, run: TestRun): Promise<Totals> {
  const { print, signal } = run;
  const started = performance.now();
  const now = () => minutes(performance.now() - started);
  const running = new Set<RunningPart>();
  const outcomes: Outcome[] = [];

  const runPart = async (part: Part): Promise<void> => {
    if (signal.aborted) return;
    const current = startPart(part, run);
    running.add(current);
    print(`${now()}: ${part.name} begins: ${part.command.join(' ')}`);
    const outcome = await current.outcome;
    running.delete(current);
    outcomes.push(outcome);
    const { fault, tookMs } = outcome;
    if (fault === undefined) {
      print(`${now()}: ${part.name} is done, after ${minutes(tookMs)}`);
    } else {
      print(`${now()}: ${part.name} FAILED (${fault}), after ${minutes(tookMs)}`);
      print(`The end of ${current.log}:\n${indented(tailOf(current.log, 60))}`);
    }
  };
  const runLane = async (parts: readonly Part[]): Promise<void> => {
    for (const part of parts) await runPart(part);
  };

  const endAll = () => {
    for (const part of running) part.end('was interrupted');
  };
  signal.addEventListener('abort', endAll);
  const teller = setInterval(() => {
    for (const { name, startedMs, log } of running) {
      const since = minutes(performance.now() - startedMs);
      print(`${now()}: ${name} runs for ${since}: ${tailOf(log, 1).trim().slice(0, 100)}`);
    }
  }, run.tellEveryMs ?? 60_000);
  try {
    await runLane(plan.first);
    await Promise.all(plan.lanes.map(runLane));
  } finally {
    clearInterval(teller);
    signal.removeEventListener('abort', endAll);
  }
  const totals = sumOf(outcomes);
  print(`\n${timesTable(outcomes, performance.now() - started)}\n\n${totalsLine(totals)}`);
  return totals;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
