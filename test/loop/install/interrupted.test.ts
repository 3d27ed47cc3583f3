import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { installHere } from '../../support/install-here.ts';
import { hasAnyTable, unexpectedDifferences } from '../../support/installed-disk.ts';
import { type InstallerResult, runInstaller } from '../../support/installer.ts';
import { loopsOn } from '../../support/loop-device.ts';
import { oldBytes } from '../../support/old-bytes.ts';
import { openStage } from '../../support/stage.ts';

const mib = 1024 * 1024;

/** An image that arrives slowly enough to be interrupted half-way. */
const slowly = () =>
  fixture({
    image: { rootSizeBytes: 16 * mib, fillBytes: 8 * mib },
    server: {
      fault: (_, { url }) =>
        url === '/image' ? { drip: { pieceBytes: 256 * 1024, everyMs: 30 } } : undefined,
    },
  });

/** Ends the program with a signal as soon as its output holds `text`. */
async function endAt(it: Fixture, text: string, signal: NodeJS.Signals): Promise<InstallerResult> {
  let seen = '';
  let ended = false;
  return await runInstaller({
    args: it.args,
    onOutput: (output, pid) => {
      seen += output;
      if (ended || !seen.includes(text)) return;
      ended = true;
      process.kill(pid, signal);
    },
  });
}

async function expectNoTraces(it: Fixture): Promise<void> {
  expect(await hasAnyTable(it.disk.path)).toBe(false);
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(it.disk.path);
  expect(await readFile('/proc/partitions', 'utf8')).not.toContain(`${it.disk.path.slice(5)}p`);
}

/** Waits for it in place of the event loop: what is killed then has not come much further. */
function untilMounted(disk: string): void {
  const endMs = performance.now() + 60_000;
  while (performance.now() < endMs) {
    // A directory of ext4's for each file system that is mounted anywhere.
    if (loopsOn(disk).some((name) => existsSync(`/proc/fs/ext4/${name}`))) return;
  }
  throw new Error('the boot file system was never mounted');
}

test('killed while the boot file system is mounted, leaves nothing that the next run minds', async () => {
  await using it = await fixture();
  await using stage = await openStage();
  let killed = false;
  const first = await stage.run(it.args, {
    onOutput: (text, pid) => {
      if (killed || !text.includes('Configuring')) return;
      untilMounted(it.disk.path);
      killed = process.kill(pid, 'SIGKILL');
    },
  });
  expect(first.signal).toBe('SIGKILL');
  await stage.empty();
  const left = await stage.traces();
  expect(left.files.some((name) => name.startsWith('/run/coreos-installer/'))).toBe(true);
  expect(await hasAnyTable(it.disk.path)).toBe(false);

  const again = await stage.run(it.args);
  expect(again.exitCode, again.stderr).toBe(0);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  const { files, mounts } = await stage.traces();
  expect(files.filter((name) => name.startsWith('/run/coreos-installer/'))).toEqual([]);
  expect(mounts).toEqual([]);
  expect(loopsOn(it.disk.path)).toEqual([]);
});

describe('an interrupted installation', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s cleans up, tells the state and exits with %i', async (signal, exitCode) => {
    await using it = await slowly();
    const result = await endAt(it, 'received', signal);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toContain(`Interrupted by ${signal}.`);
    expect(result.diskState).toBe(
      `${it.disk.path} has no partition table and will not boot; run the same command again.`,
    );
    await expectNoTraces(it);
  });

  test('before it has written anything leaves the disk untouched', async () => {
    await using it = await fixture({ server: { fault: () => ({ silent: true }) } });
    const result = await endAt(it, 'Checking', 'SIGINT');
    expect(result.exitCode).toBe(130);
    expect(result.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
  });

  test.each([
    ['write', 'untouched'],
    ['configure', 'no-table'],
  ] as const)('as the step %s begins leaves the disk %s', async (endAt, state) => {
    await using it = await fixture();
    const { path, backingFile } = it.disk;
    const options = { device: path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl };
    const outcome = await installHere(options, { retryForMs: 1000 }, { endAt });
    expect(outcome, outcome.message).toMatchObject({ exitCode: 130, state });
    await expectNoTraces(it);
    const now = await readFile(backingFile);
    expect(now.equals(oldBytes(0, now.length))).toBe(state === 'untouched');
  });

  test.each(['Writing', 'received', 'Configuring'])(
    'killed after it said “%s”, does not boot, and a second run succeeds',
    async (text) => {
      await using it = await slowly();
      const result = await endAt(it, text, 'SIGKILL');
      expect(result.signal).toBe('SIGKILL');
      expect(await hasAnyTable(it.disk.path)).toBe(false);

      const again = await runInstaller({ args: it.args });
      expect(again.complaints).toBe('');
      expect(again.exitCode).toBe(0);
      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    },
  );
});
