import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkedOut, type KeptOutcomes, keptOutcomes } from '../../../scripts/lib/kept-outcomes.ts';
import { startPart } from '../../../scripts/lib/run-part.ts';
import { runTests } from '../../../scripts/lib/run-tests.ts';
import type { Part, Plan } from '../../../scripts/lib/test-parts.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'run-tests-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const part = (name: string, script: string): Part => ({ name, command: ['sh', '-c', script] });

async function run(
  given: Omit<Plan, 'shared'> & Partial<Plan>,
  reportEveryMs?: number,
  kept?: KeptOutcomes,
) {
  const plan = { shared: [], ...given };
  const ended = new AbortController();
  const said: string[] = [];
  const totals = await runTests(plan, {
    root,
    directory: join(root, 'logs'),
    print: (text) => {
      said.push(text);
      if (/: END NOW$/.test(text)) ended.abort();
    },
    signal: ended.signal,
    ...(reportEveryMs !== undefined && { reportEveryMs }),
    ...(kept && { kept }),
  });
  return { totals, text: said.join('\n') };
}

test('a part that fails stops no other, and the end of what it said is shown', async () => {
  const lines = 'FAILED: a.test.ts > b: no\\n2 passed, 1 failed, 0 skipped\\n';
  const bad = `echo details; printf '${lines}' >> "$TOTALS_FILE"; exit 3`;
  const { totals, text } = await run({
    first: [part('build', 'echo lost >&2; exit 1')],
    lanes: [
      [part('bad', bad), part('after', 'echo "7 passed, 0 failed, 1 skipped" >> "$TOTALS_FILE"')],
      [part('other', 'echo done > other')],
    ],
  });
  expect(totals).toEqual({ passed: 9, failed: 2, skipped: 1 });
  expect(text).toMatch(
    /: bad FAILED \(exit code 3\), after .*\nThe end of .*bad\.log:\n {4}details/,
  );
  expect(text).toMatch(/build\.log:\n {4}lost/);
  expect(text).toMatch(/^ok +after .* 7 passed, 0 failed, 1 skipped$/m);
  expect(text).toMatch(/\n\nbad: a\.test\.ts > b: no\n\n9 passed, 2 failed, 1 skipped$/);
  expect(existsSync(join(root, 'other'))).toBe(true);
});

test('lanes run side by side, and after what comes first', async () => {
  // Each waits for the other; a second of them in one lane would wait for ever.
  const meet = (mine: string, other: string) =>
    part(
      mine,
      `test -e built && mkfifo ${mine} 2> /dev/null; until test -p ${other}; do sleep 0.05; done`,
    );
  const { totals } = await run({
    first: [part('build', 'echo > built')],
    lanes: [[meet('a', 'b')], [meet('b', 'a')]],
  });
  expect(totals.failed).toBe(0);
});

test('in a lane one part begins when the one before it has ended', async () => {
  const { totals } = await run({
    first: [],
    lanes: [[part('one', 'sleep 0.3; echo > one'), part('two', 'test -e one')]],
  });
  expect(totals.failed).toBe(0);
});

test('a lane that has nothing else to do takes the next of the shared parts', async () => {
  // The first lane waits for both, so that the other one has to run them, in this order.
  const { totals } = await run({
    first: [],
    lanes: [[part('long', 'until test -e second; do sleep 0.05; done')], []],
    shared: [part('one', 'echo > first'), part('two', 'test -e first && echo > second')],
  });
  expect(totals.failed).toBe(0);
});

test('what runs is told now and then, with its last line', async () => {
  const { text } = await run(
    { first: [], lanes: [[part('slow', 'echo first; echo "at 40 %"; sleep 1')]] },
    100,
  );
  expect(text).toMatch(/: slow runs for 0 min 0\d s: at 40 %\n/);
});

test('a part has no input, its own totals, and none of the flags of a make around it', async () => {
  process.env['MAKEFLAGS'] = '--no-such-option';
  try {
    const script = 'cat; echo "[$MAKEFLAGS]"; echo "$TOTALS_FILE" > totals-file';
    await run({ first: [part('it', script)], lanes: [] });
  } finally {
    delete process.env['MAKEFLAGS'];
  }
  expect(readFileSync(join(root, 'logs/it.log'), 'utf8')).toBe('[]\n');
  expect(readFileSync(join(root, 'totals-file'), 'utf8')).toBe(`${join(root, 'logs/it.totals')}\n`);
});

test('an interruption ends what runs with all that it has started; nothing else begins', async () => {
  const script = 'sleep 600 & echo $! > pid; echo "END NOW"; wait';
  const { totals, text } = await run(
    { first: [], lanes: [[part('long', script), part('never', 'echo > never')]] },
    100,
  );
  expect(totals).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(text).toContain('long FAILED (was interrupted)');
  expect(existsSync(join(root, 'never'))).toBe(false);
  await expect.poll(() => runs(Number(readFileSync(join(root, 'pid'), 'utf8')))).toBe(false);
});

test('a run is continued: what has passed at this commit, by this command, counts and is not repeated', async () => {
  const logs = join(root, 'logs');
  mkdirSync(logs);
  const passes = 'echo x >> runs; echo "2 passed, 0 failed, 0 skipped" >> "$TOTALS_FILE"';
  const plan = (script: string) => ({
    first: [part('build', 'echo x >> builds')],
    lanes: [[part('good', script), part('bad', 'test -e mended')]],
  });
  const first = await run(
    plan(passes),
    undefined,
    keptOutcomes(logs, () => 'a1'),
  );
  expect(first.totals).toEqual({ passed: 2, failed: 1, skipped: 0 });

  writeFileSync(join(root, 'mended'), '');
  const second = await run(
    plan(passes),
    undefined,
    keptOutcomes(logs, () => 'a1'),
  );
  expect(second.totals).toEqual({ passed: 2, failed: 0, skipped: 0 });
  expect(second.text).toMatch(/good has passed before, after /);
  expect(second.text).toMatch(/^before +good .* 2 passed, 0 failed, 0 skipped$/m);
  expect(readFileSync(join(root, 'builds'), 'utf8')).toBe('x\nx\n');
  expect(readFileSync(join(root, 'runs'), 'utf8')).toBe('x\n');

  await run(
    plan(`${passes}; true`),
    undefined,
    keptOutcomes(logs, () => 'a1'),
  );
  await run(
    plan(passes),
    undefined,
    keptOutcomes(logs, () => 'b2'),
  );
  await run(
    plan(passes),
    undefined,
    keptOutcomes(logs, () => undefined),
  );
  expect(readFileSync(join(root, 'runs'), 'utf8')).toBe('x\nx\nx\nx\n');

  // Somebody commits while it runs.
  const states = ['c3', 'd4'];
  await run(
    plan(passes),
    undefined,
    keptOutcomes(logs, () => states.shift()),
  );
  await run(
    plan(passes),
    undefined,
    keptOutcomes(logs, () => 'c3'),
  );
  expect(readFileSync(join(root, 'runs'), 'utf8')).toBe('x\nx\nx\nx\nx\nx\n');
});

test('a checkout with a change is no commit', async () => {
  const git = (...args: readonly string[]) => execa('git', ['-C', root, ...args]);
  expect(checkedOut(root)).toBeUndefined();
  await git('init', '--quiet');
  await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--allow-empty', '-qm', 'x');
  expect(checkedOut(root)).toMatch(/^[0-9a-f]{40}$/);
  writeFileSync(join(root, 'new'), '');
  expect(checkedOut(root)).toBeUndefined();
});

test('a part that takes too long is ended, also one that does not want to', async () => {
  const stubborn = part('stubborn', 'trap "" TERM; echo "$$" > pid; while :; do sleep 0.1; done');
  const started = startPart(stubborn, { root, directory: root, timeoutMs: 500, termMs: 200 });
  const { fault } = await started.outcome;
  expect(fault).toBe('takes longer than 0 min 01 s');
  await expect.poll(() => runs(Number(readFileSync(join(root, 'pid'), 'utf8')))).toBe(false);
});

test('a program that is not there fails', async () => {
  const { totals, text } = await run({
    first: [{ name: 'it', command: ['/nonexistent/program'] }],
    lanes: [],
  });
  expect(totals.failed).toBe(1);
  expect(text).toContain('ENOENT');
});

/** Not as a zombie. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
