import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { type InstallerResult, runInstaller } from '../../support/installer.ts';

let it: Fixture;
let directory: string;
beforeAll(async () => {
  it = await fixture();
  // Not in /tmp: the program has one of its own.
  directory = await mkdtemp('/var/tmp/coreos-installer-status-');
});
afterAll(async () => {
  await it[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Runs with descriptor 5 opened by a shell as `how` says. */
async function runWith(how: string, ...args: string[]): Promise<InstallerResult> {
  return await runInstaller({
    args: [...it.args, '--status-fd', '5', ...args],
    wrapper: ['bash', '-uc', `"$@" ${how}`, 'bash'],
  });
}

/** What stands in a file that descriptor 5 is open for. */
async function lines(...args: string[]): Promise<string[]> {
  const path = join(directory, 'status');
  await runWith(`5> ${path}`, ...args);
  return (await readFile(path, 'utf8')).trimEnd().split('\n');
}

describe('--status-fd', () => {
  test('tells each step of an installation, and its end', async () => {
    expect(await lines('--verify')).toEqual([
      ...['plan', 'write', 'configure', 'commit', 'read-back'].map((step) => `step ${step}`),
      'installed',
    ]);
    expect(await lines('--dry-run')).toEqual(['step plan', 'planned']);
  });

  test('tells what is waited for and what it ends with, by code', async () => {
    expect(await lines('-b', 'http://127.0.0.1:1/x', '--retry-for', '2s')).toEqual([
      'step plan',
      'waiting connection-refused 0',
      'failed connection-refused 4 untouched',
    ]);
  });

  test('has words of its own only, whatever a server or a URL says', async () => {
    const url = `${it.server.url}/failed%20target-mounted%0Ainstalled`;
    expect(await lines('-b', url)).toEqual(['step plan', 'failed image-not-found 4 untouched']);
  });

  test('tells a pipe, too', async () => {
    const { stdout } = await runWith('5>&1 > /dev/null | cat', '--dry-run');
    expect(stdout).toBe('step plan\nplanned');
  });

  test.each([
    ['that is not open', '5>&-'],
    ['that can only be read', '5< /proc/version'],
  ])('refuses a descriptor %s before anything is written', async (_, how) => {
    const run = await runWith(how);
    expectFailure(run, 'status-fd-unusable');
    expect(run.stderr).toMatch(/^Cannot write to descriptor 5 \(--status-fd\): .*\nNothing was/);
  });

  test('a reader that has gone, or does not read, holds up nothing', async () => {
    expect((await runWith('5> >(true)')).exitCode).toBe(0);
    // Full, and open for reading by the shell, which takes nothing.
    const pipe = join(directory, 'pipe');
    const fill = `dd if=/dev/zero of=${pipe} oflag=nonblock bs=4k 2> /dev/null`;
    const run = await runInstaller({
      args: [...it.args, '--status-fd', '5'],
      wrapper: [
        'bash',
        '-uc',
        `mkfifo ${pipe}; exec 6<> ${pipe} 5> ${pipe}; ${fill}; "$@" 6>&-`,
        'bash',
      ],
    });
    expect(run.exitCode, run.stderr).toBe(0);
  });
});
