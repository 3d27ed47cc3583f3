import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const artifacts = join(import.meta.dirname, '..', '..', '..', 'artifacts', 'qemu');

/** What one scenario took. */
interface Measured {
  name: string;
  passed: boolean;
  seconds: number;
  /** Peak resident memory of QEMU: the guest's memory in use and QEMU's own. */
  peakMemoryMib: number;
  /** Of the machine that was silent for longest after it was switched on: for how long. */
  silentSeconds: number;
  /** From the kernel's first line to the installer's, where a scenario looked it up. */
  startSeconds?: number;
}

/** A test that boots machines: its scratch directory and its records. */
export class Scenario {
  readonly name: string;
  /** Gone when the test ends. */
  readonly directory = mkdtempSync(join(tmpdir(), 'coreos-installer-qemu-'));
  readonly logs: string[] = [];
  #peakBytes = 0;
  #silentMs = 0;
  readonly #started = Date.now();
  #startSeconds: number | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** A file in the scratch directory. */
  file(name: string): string {
    return join(this.directory, name);
  }

  /** A file that outlives the test. */
  artifact(suffix: string): string {
    const slug = this.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 60);
    mkdirSync(artifacts, { recursive: true });
    return join(artifacts, slug + suffix);
  }

  /** The file for the next machine's console. */
  nextLog(): string {
    const log = this.artifact(`-${this.logs.length + 1}.log`);
    rmSync(log, { force: true });
    this.logs.push(log);
    return log;
  }

  sawMemory(bytes: number): void {
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
  }

  sawSilence(ms: number): void {
    this.#silentMs = Math.max(this.#silentMs, ms);
  }

  sawStart(seconds: number): void {
    this.#startSeconds = seconds;
  }

  measured(passed: boolean): Measured {
    return {
      ...(this.#startSeconds !== undefined && { startSeconds: this.#startSeconds }),
      name: this.name,
      passed,
      seconds: Math.round((Date.now() - this.#started) / 100) / 10,
      silentSeconds: Math.round(this.#silentMs / 100) / 10,
      peakMemoryMib: Math.round(this.#peakBytes / 1024 / 1024),
    };
  }
}

let running: Scenario | undefined;

/** The scenario that runs now. */
export function scenario(): Scenario {
  if (running === undefined) throw new Error('a machine boots only within scenarioTest');
  return running;
}

/**
 * Runs what boots machines. What it took goes to a file in artifacts/qemu/; its serial logs stay
 * there, and when it fails the end of the last one is printed.
 */
export async function runScenario(
  name: string,
  run: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const current = new Scenario(name);
  running = current;
  try {
    await run(current);
    record(current, true);
  } catch (error) {
    record(current, false);
    printTail(current);
    throw error;
  } finally {
    running = undefined;
    rmSync(current.directory, { recursive: true, force: true });
  }
}

function printTail({ name, logs }: Scenario): void {
  const log = logs.at(-1);
  if (log === undefined) return;
  const tail = readFileSync(log, 'latin1').split('\n').slice(-40).join('\n');
  console.error(`The console of “${name}” (all of it: ${logs.join(', ')}):\n${tail}`);
}

/** A file for each scenario: several run side by side. */
function record(current: Scenario, passed: boolean): void {
  const measured = JSON.stringify(current.measured(passed), null, 2);
  writeFileSync(current.artifact('.json'), `${measured}\n`);
}

/** What was measured since the summary was begun. */
export function readSummary(): Measured[] {
  mkdirSync(artifacts, { recursive: true });
  return readdirSync(artifacts)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(artifacts, name), 'utf8')));
}

/** Forgets the summary and the logs of an earlier run. */
export function beginSummary(): void {
  rmSync(artifacts, { recursive: true, force: true });
}
