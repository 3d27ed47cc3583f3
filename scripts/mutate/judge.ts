import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Copy, detachLoops } from './copy.ts';
import { loopTestsOf } from './loop-tests.ts';
import { type Mutation, mutated } from './mutations.ts';
import type { Result } from './report.ts';
import { runTests, type TestRun, typesAreSound, type Which } from './tests.ts';

export type Judgement = Pick<Result, 'verdict' | 'by' | 'test'>;

export interface JudgeOptions {
  readonly signal: AbortSignal;
  /** Whether to run loop tests if no unit test fails. */
  readonly loop: boolean;
  /** A run that takes longer counts as endless. */
  readonly timeoutMs: number;
  /** Loop devices are shared by the whole machine: one loop test at a time. */
  readonly oneAtATime: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Test files that fail here without any change, by name; useless for a verdict. */
const useless = new Set<string>();
/** Those that are known to succeed without a change. */
const useful = new Set<string>();

/** Whether any test detects a change, which is applied to the copy. Throws the signal's reason once aborted. */
export async function judge(
  mutation: Mutation,
  copy: Copy,
  options: JudgeOptions,
): Promise<Judgement> {
  const path = join(copy.root, mutation.path);
  const original = readFileSync(path, 'utf8');
  const change = (wanted: boolean) =>
    writeFileSync(path, wanted ? mutated(original, mutation) : original);
  try {
    // Most changes are noticed by the test of the same name, within seconds.
    const own = ownTestOf(mutation.path).filter((file) => existsSync(join(copy.root, file)));
    const unit =
      (own.length > 0 && (await phase('unit', { files: own }))) ||
      (await phase('unit', { related: mutation.path }, own));
    if (unit !== undefined) return unit;
    // What the compiler refuses could reach nobody.
    change(true);
    if (!(await typesAreSound(copy, options.signal))) return { verdict: 'killed', by: 'types' };
    if (!options.loop) return { verdict: 'survived' };
    return await options.oneAtATime(
      async () =>
        (await phase('loop', { related: mutation.path })) ??
        (await phase('loop', { files: loopTestsOf(mutation.path) })) ?? { verdict: 'survived' },
    );
  } finally {
    change(false);
  }

  async function phase(
    project: 'unit' | 'loop',
    which: Which,
    done: readonly string[] = [],
  ): Promise<Judgement | undefined> {
    const shaky: string[] = [];
    for (;;) {
      change(true);
      const { outcome, failedFiles } = await run(project, which, [...done, ...shaky]);
      if (outcome === 'passed') return undefined;
      if (outcome === 'timeout') return { verdict: 'timeout', by: project };
      if (failedFiles.length === 0) return { verdict: 'killed', by: project };
      // On a busy machine a test may fail once.
      const again = await firstOf(failedFiles, async (file) => await fails(project, file));
      if (again === undefined) {
        // The run ended with the first failure: the other files have to be looked at.
        shaky.push(...failedFiles);
        if (shaky.length > 5) return { verdict: 'unclear', by: project, test: failedFiles[0] };
        continue;
      }
      change(false);
      if (!useful.has(again) && (await fails(project, again))) {
        useless.add(again);
        continue;
      }
      useful.add(again);
      return { verdict: 'killed', by: project, test: again };
    }
  }

  async function fails(project: 'unit' | 'loop', file: string): Promise<boolean> {
    return (await run(project, { files: [file] })).outcome !== 'passed';
  }

  async function run(
    project: 'unit' | 'loop',
    which: Which,
    done: readonly string[] = [],
  ): Promise<TestRun> {
    const { signal, timeoutMs } = options;
    try {
      const without = [...useless, ...done];
      return await runTests({ copy, project, which, without, timeoutMs, signal });
    } finally {
      await detachLoops(copy);
      rmSync(join(copy.temporary, `${project}.json`), { force: true });
    }
  }
}

/** What `judge` has left out, for the report. */
export function leftOut(): string[] {
  return [...useless].sort();
}

/** Where the unit test of a source file is, if it has one of its own: tests mirror src/. */
function ownTestOf(path: string): string[] {
  return [path.replace(/^src\//, 'test/unit/').replace(/\.ts$/, '.test.ts')];
}

async function firstOf<T>(
  items: readonly T[],
  test: (item: T) => Promise<boolean>,
): Promise<T | undefined> {
  for (const item of items) if (await test(item)) return item;
  return undefined;
}
