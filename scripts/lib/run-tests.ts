import type { KeptOutcomes } from './kept-outcomes.ts';
import { type RunningPart, startPart, tailOf } from './run-part.ts';
import type { Part, Plan } from './test-parts.ts';
import {
  failuresList,
  minutes,
  type Outcome,
  sumOf,
  type Totals,
  timesTable,
  totalsLine,
} from './test-report.ts';

export interface TestRun {
  /** The working directory of all parts. */
  root: string;
  /** For the logs. */
  directory: string;
  print(text: string): void;
  /** Ends all running parts; the others are not started. */
  signal: AbortSignal;
  /** Of the run that this one continues; default: all parts run. What comes first runs anyway. */
  kept?: KeptOutcomes;
  /** How often the running parts are printed; default: every minute. */
  reportEveryMs?: number;
}

/** Runs all parts, also after a failure; prints what happens, and at the end how long each took. */
export async function runTests(plan: Plan, run: TestRun): Promise<Totals> {
  const { print, signal } = run;
  const started = performance.now();
  const now = () => minutes(performance.now() - started);
  const running = new Set<RunningPart>();
  const outcomes: Outcome[] = [];

  const runPart = async (part: Part): Promise<void> => {
    if (signal.aborted) return;
    const known = plan.first.includes(part) ? undefined : run.kept?.find(part);
    if (known !== undefined) {
      print(`${now()}: ${part.name} has passed before, after ${minutes(known.tookMs)}`);
      outcomes.push(known);
      return;
    }
    const current = startPart(part, run);
    running.add(current);
    print(`${now()}: ${part.name} begins: ${part.command.join(' ')}`);
    const outcome = await current.outcome;
    running.delete(current);
    outcomes.push(outcome);
    run.kept?.keep(part, outcome);
    const { fault, tookMs } = outcome;
    if (fault === undefined) {
      print(`${now()}: ${part.name} is done, after ${minutes(tookMs)}`);
    } else {
      print(`${now()}: ${part.name} FAILED (${fault}), after ${minutes(tookMs)}`);
      print(`The end of ${current.log}:\n${indented(tailOf(current.log, 60))}`);
    }
  };
  const runLane = async (parts: readonly Part[], shared: Part[] = []): Promise<void> => {
    for (const part of parts) await runPart(part);
    for (let part = shared.shift(); part !== undefined; part = shared.shift()) await runPart(part);
  };

  const endAll = () => {
    for (const part of running) part.end('was interrupted');
  };
  signal.addEventListener('abort', endAll);
  const reporter = setInterval(() => {
    for (const { name, startedMs, log } of running) {
      const since = minutes(performance.now() - startedMs);
      print(`${now()}: ${name} runs for ${since}: ${tailOf(log, 1).trim().slice(0, 100)}`);
    }
  }, run.reportEveryMs ?? 60_000);
  try {
    await runLane(plan.first);
    const shared = [...plan.shared];
    await Promise.all(plan.lanes.map((parts) => runLane(parts, shared)));
  } finally {
    clearInterval(reporter);
    signal.removeEventListener('abort', endAll);
  }
  const totals = sumOf(outcomes);
  const table = timesTable(outcomes, performance.now() - started);
  const ending = [table, failuresList(outcomes), totalsLine(totals)].filter((text) => text !== '');
  print(`\n${ending.join('\n\n')}`);
  return totals;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
