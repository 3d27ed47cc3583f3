import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { exitCodeOf, expectFailure } from '../../support/failure.ts';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { hasAnyTable, unexpectedDifferences } from '../../support/installed-disk.ts';
import { binaryPath, runInstaller } from '../../support/installer.ts';
import { publisher } from '../../support/openpgp.ts';
import { slowFixture } from '../../support/slow-fixture.ts';
import { Terminal } from '../../support/terminal.ts';

/** While so much more comes slowly, a bar is drawn three times more, and an object printed. */
const someMore = 16;

async function logged(): Promise<
  AsyncDisposable & { readonly args: string[]; readonly text: () => Promise<string> }
> {
  const directory = await mkdtemp('/var/tmp/coreos-installer-listeners-');
  const path = join(directory, 'log');
  return {
    args: ['--log-file', path],
    text: () => readFile(path, 'utf8'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function expectInstalled(it: Fixture, log: string): Promise<void> {
  expect(log).toMatch(/Z installed \{.*\n(.*Z same-again .*\n)?$/);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
}

const inShell = (script: string) => ['bash', '-c', script, 'bash'];

describe('an installation whose output nobody takes goes on to the end', () => {
  test.each([
    ['a reader that has enough', '"$@" | head -1; exit $PIPESTATUS', /EPIPE/],
    ['a reader that ends at once', '"$@" | sleep 0; exit $PIPESTATUS', /EPIPE/],
    ['a dead reader of both', '"$@" 2>&1 | head -1; exit $PIPESTATUS', /EPIPE/],
    ['standard output closed', 'exec "$@" >&-', undefined],
    ['standard error closed', 'exec "$@" 2>&-', undefined],
    ['all three closed', 'exec "$@" <&- >&- 2>&-', undefined],
    ['no room for its output', 'exec "$@" > /dev/full', /ENOSPC/],
    ['no room for both', 'exec "$@" > /dev/full 2>&1', /ENOSPC/],
  ])('%s', async (_, script, why) => {
    await using it = await fixture();
    await using log = await logged();
    const wrapper = inShell(script);
    const { exitCode } = await runInstaller({
      args: [...it.args, ...log.args, '--progress', 'json'],
      wrapper,
    });
    expect(exitCode).toBe(0);
    const text = await log.text();
    await expectInstalled(it, text);
    expect(text.match(/Z warning .*Cannot write to standard output.*/g) ?? []).toHaveLength(
      why ? 1 : 0,
    );
    if (why !== undefined) expect(text).toMatch(why);
  });

  test('and one that fails has its own exit code', async () => {
    await using it = await fixture();
    const wrapper = inShell('exec "$@" > /dev/full 2>&1');
    const args = [...it.args, '-b', `${it.server.url}/nothing`];
    expect((await runInstaller({ args, wrapper })).exitCode).toBe(exitCodeOf('image-not-found'));
  });

  test.concurrent.each([
    ['bar', 'received'],
    ['lines', 'received'],
    ['json', '"progress"'],
  ])('a terminal that is lost, with --progress %s', async (how, shown) => {
    await using it = await slowFixture();
    await using log = await logged();
    const args = [...it.args, ...log.args, '--progress', how];
    await using terminal = await Terminal.start({ args });
    await terminal.waitFor(shown);
    terminal.hangUp();
    it.hurry(someMore);
    expect(await terminal.exitCode()).toBe(0);
    const text = await log.text();
    expect(text).toContain('The terminal was closed (SIGHUP); the installation continues.');
    await expectInstalled(it, text);
  });

  test.concurrent('a terminal that is lost after a dialogue', async () => {
    await using it = await slowFixture();
    await using log = await logged();
    const name = it.disk.path.slice(5);
    const args = ['-d', name, '-i', 'skip', ...log.args];
    await using terminal = await Terminal.start({ args });
    await terminal.waitFor('Image (URL or path):');
    terminal.type(`${it.imageUrl}\r`);
    await terminal.waitFor(`Type ${name} to overwrite`);
    terminal.type(`${name}\r`);
    await terminal.waitFor('received');
    terminal.hangUp();
    it.hurry(someMore);
    expect(await terminal.exitCode()).toBe(0);
    await expectInstalled(it, await log.text());
  });

  test.concurrent('a hangup sent to all programs of the session, while the signature is checked', async () => {
    await using people = await publisher();
    await people.makeKey('alice');
    await using plain = await slowFixture();
    const signature = await people.sign(await readFile(plain.servedPath), 'alice');
    await using it = await slowFixture({ files: { '/image.sig': signature } });
    await using log = await logged();
    let hungUp = false;
    const { exitCode } = await runInstaller({
      args: [...it.args, ...log.args, '--keyring', '/tmp/keys', '--progress', 'json'],
      tmpFiles: { keys: await people.keys() },
      wrapper: ['setsid'],
      onOutput: (text, pid) => {
        if (hungUp || !text.includes('"progress"')) return;
        hungUp = process.kill(-pid, 'SIGHUP');
        it.hurry(someMore);
      },
    });
    expect(hungUp).toBe(true);
    expect(exitCode).toBe(0);
    await expectInstalled(it, await log.text());
  });
});

describe('SIGHUP', () => {
  test('ends a run at a terminal that has written nothing', async () => {
    await using it = await fixture({ server: { fault: () => ({ silent: true }) } });
    await using log = await logged();
    await using terminal = await Terminal.start({ args: [...it.args, ...log.args] });
    await terminal.waitFor('Checking');
    terminal.hangUp();
    expect(await terminal.exitCode()).toBe(129);
    expect(await log.text()).toMatch(/"reason":"Interrupted by SIGHUP\.".*"untouched"/);
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });

  test('ends nothing where there is no terminal, as with nohup, from the first line on', async () => {
    await using it = await slowFixture();
    let hungUp = false;
    const { exitCode, stderr } = await runInstaller({
      args: it.args,
      wrapper: ['nohup'],
      onOutput: (text, pid) => {
        if (hungUp || !text.includes('Checking')) return;
        hungUp = process.kill(pid, 'SIGHUP');
        it.hurry(someMore);
      },
    });
    expect(hungUp).toBe(true);
    expect(exitCode, stderr).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });
});

describe('where the output is all that is wanted', () => {
  test.each([['devices'], ['--help'], ['--version'], ['--version --verbose']])(
    '%s fails when it cannot be written, but not when its reader has enough',
    async (words) => {
      const shell = (script: string) =>
        execa('bash', ['-c', script, 'bash', binaryPath, ...words.split(' ')], { reject: false });
      const full = await shell('exec "$@" > /dev/full');
      expect(full.stderr).toMatch(
        /^Cannot write to standard output: ENOSPC[^\n]* \[output-failed\]$/,
      );
      expect(full.exitCode).toBe(5);
      const gone = await shell('"$@" | sleep 0; exit $PIPESTATUS');
      expect(gone).toMatchObject({ stderr: '', exitCode: 0 });
    },
  );

  test('and so does a dry run', async () => {
    await using it = await fixture();
    const args = [...it.args, '--dry-run', '--json'];
    const full = await runInstaller({ args, wrapper: inShell('exec "$@" > /dev/full') });
    expectFailure(full, 'output-failed');
    expect(full.complaints).toMatch(/Cannot write to standard output: ENOSPC/);
  });
});
