import { link, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { faultyFile } from '../../support/faulty-disk.ts';
import { fixture, ignitionConfig } from '../../support/fixture.ts';
import { runInstaller } from '../../support/installer.ts';

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp('/var/tmp/coreos-installer-log-');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The lines of a log: each one's kind, and what is told. */
function parsed(text: string) {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, kind = '', json = ''] = /^\d{4}-\d\d-\d\dT[\d:.]+Z (\S+) (.*)$/.exec(line) ?? [];
      return { kind, ...JSON.parse(json) };
    });
}

describe('--log-file', () => {
  test('holds all that happened but no secret, and is for root alone', async () => {
    const token = '/config.ign?token=sesame';
    await using it = await fixture({ files: { [token]: Buffer.from(ignitionConfig) } });
    await using directory = await temporaryDirectory();
    const log = join(directory.path, 'log');
    const url = it.server.url.replace('//', '//core:sesame@');
    const args = ['-d', it.disk.path, '-i', `${url}${token}`, '-b', `${url}/image`];
    const { exitCode } = await runInstaller({
      args: [...args, '--header-file', '/tmp/header', '--log-file', log, '--debug'],
      tmpFiles: { header: 'Authorization: Bearer sesame\n' },
    });
    expect(exitCode).toBe(0);
    expect((await stat(log)).mode & 0o777).toBe(0o600);

    const text = await readFile(log, 'utf8');
    expect(text).not.toContain('sesame');
    const lines = parsed(text);
    expect(lines[0]).toMatchObject({ kind: 'run', command: expect.arrayContaining([log]) });
    expect(lines.at(-1)).toMatchObject({ kind: 'installed', target: { path: it.disk.path } });
    const { ignitionUrl, imageUrl } = lines.find(({ kind }) => kind === 'parameters');
    expect(ignitionUrl.value).toBe(`${it.ignitionUrl.replace('//', '//***@')}?***`);
    expect(imageUrl.value).toBe(it.imageUrl.replace('//', '//***@'));
    const tools = lines.filter(({ kind }) => kind === 'ran').map(({ command }) => command[0]);
    expect(tools).toEqual(expect.arrayContaining([expect.stringMatching(/\/blkid$/)]));
    expect(lines).toContainEqual(
      expect.objectContaining({ kind: 'answer', status: 200, url: `${it.ignitionUrl}?***` }),
    );
  });

  test('is added to, says where in the program a failure came from, and leaves out programs', async () => {
    await using it = await fixture();
    await using directory = await temporaryDirectory();
    const log = join(directory.path, 'log');
    await writeFile(log, '2026-11-24T10:00:00.000Z before {}\n', { mode: 0o644 });
    const { exitCode } = await runInstaller({
      args: [...it.args, '-b', 'http://127.0.0.1:1/x', '--retry-for', '1s', '--log-file', log],
    });
    expect(exitCode).toBe(4);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
    const lines = parsed(await readFile(log, 'utf8'));
    const kinds = lines.map(({ kind }) => kind);
    expect(kinds[0]).toBe('before');
    expect(kinds).toContain('waiting');
    expect(kinds).not.toContain('ran');
    const { cause, code } = lines.at(-1) ?? {};
    expect(code).toBe('connection-refused');
    expect(lines.find(({ kind }) => kind === 'waiting')).toMatchObject({ code });
    expect(cause.join('\n')).toMatch(/^InputError: .*\n +at .*Error: connect ECONNREFUSED/s);
  });

  test.each([
    ['a symbolic link', (path: string) => symlink('/nowhere', path)],
    ['a directory', (path: string) => mkdir(path)],
    ['not a regular file', (path: string) => execa('mkfifo', [path])],
    [
      'a hard link',
      async (path: string) => {
        await writeFile(`${path}.victim`, 'x');
        await link(`${path}.victim`, path);
      },
    ],
    ['belongs to user 1', (path: string) => execa('install', ['-o', '1', '/dev/null', path])],
  ])('is refused where it is %s', async (why, make) => {
    await using directory = await temporaryDirectory();
    const log = join(directory.path, 'log');
    await make(log);
    const run = await runInstaller({ args: ['-d', 'x', '--log-file', log] });
    const { exitCode, stderr, code } = run;
    expect(exitCode).toBe(2);
    expect(code).toBe('log-file-unusable');
    expect(stderr).toMatch(new RegExp(`^Cannot write the log ${log}: it .*${why}`));
    expect(stderr).toContain('Nothing was written to any disk.');
  });

  test('ends with a warning when there is no room, and the installation goes on', async () => {
    await using it = await fixture();
    const wrapper = ['sh', '-euc', 'mount -t tmpfs -o size=4k tmpfs /mnt; exec "$@"', 'sh'];
    const args = [...it.args, '--debug', '--log-file', '/mnt/log'];
    const { exitCode, stderr } = await runInstaller({ args, wrapper });
    expect(stderr).toMatch(/^Warning: The log \/mnt\/log ends here: ENOSPC/m);
    expect(exitCode).toBe(0);
  });
});

test('a log that cannot be closed is a warning, and says nothing untrue of the disk', async () => {
  await using it = await fixture();
  await using file = await faultyFile({ sizeBytes: 1024 * 1024, failingClose: true });
  const { exitCode, stdout, stderr } = await runInstaller({
    args: [...it.args, '--log-file', file.path],
  });
  expect(stderr).toMatch(/^Warning: The log .* may be incomplete: EIO/m);
  expect(stderr).not.toContain('Nothing was written');
  expect(stdout).toContain('Installed in');
  expect(exitCode).toBe(0);
});

test('--debug alone tells of programs and requests on standard error', async () => {
  await using it = await fixture();
  const { exitCode, stdout, stderr } = await runInstaller({ args: [...it.args, '--debug'] });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Installed in');
  expect(stderr).toMatch(/Z ran \{"command":\["\/\S+\/sgdisk"/);
});
