import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { fixture } from '../../support/fixture.ts';
import { runInstaller } from '../../support/installer.ts';
import { notifyServer } from '../../support/notify-server.ts';
import { blockWith, readPage } from '../../support/pages.ts';

const example: unknown = JSON.parse(blockWith(readPage('notify.md'), 'json', '"installed"'));

/** The names of all members within an object, `config.sets.users`; lists are not looked into. */
function membersOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  const inside = Object.entries(value);
  return inside.flatMap(([name, one]) => membersOf(one, path === '' ? name : `${path}.${name}`));
}

test('every server is told of a success, from options and kernel arguments', async () => {
  await using it = await fixture();
  await using first = await notifyServer();
  await using second = await notifyServer();
  const byOption = ['--notify-url', `${first.url}/a`, '--notify-url', `${second.url}/b`];
  const installId = randomUUID();
  const args = [...it.args, ...byOption, '--install-id', installId];
  const { exitCode, stdout, tmpFiles } = await runInstaller({ args });
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`Notifying ${first.url}/a, ${second.url}/b of the result`);
  expect(tmpFiles['notify_url']).toBe(`${first.url}/a ${second.url}/b\n`);
  const [sha256] = /[0-9a-f]{64}/.exec(stdout) ?? [];
  expect(second.notices).toHaveLength(1);
  expect(first.notices).toMatchObject([
    {
      path: '/a',
      body: {
        schemaVersion: 1,
        result: 'installed',
        installId,
        machine: { macs: expect.any(Array) },
        startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        finishedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        target: { path: it.disk.path },
        image: { source: it.imageUrl, sha256 },
        config: { source: it.ignitionUrl, version: '3.0.0' },
      },
    },
  ]);
  const sent = membersOf(first.notices[0]?.body);
  const documented = membersOf(example);
  expect(sent.filter((name) => !documented.includes(name))).toEqual([]);
  const unknownHere = documented.filter((name) => !sent.includes(name));
  expect(unknownHere.filter((name) => !/^(machine|target)\./.test(name))).toEqual([]);

  const cmdline = `coreos.inst.notify_url=${first.url}/c coreos.inst.notify_url=${second.url}/d`;
  await runInstaller({ args: it.args, cmdline });
  expect(first.notices.at(-1)?.path).toBe('/c');
  expect(second.notices.at(-1)?.path).toBe('/d');
});

test('servers are told of a failure, also of one before anything else is known', async () => {
  await using server = await notifyServer();
  const result = await runInstaller({ args: ['-d', 'loop999', '--notify-url', server.url] });
  expectFailure(result, 'parameter-missing');
  expect(server.notices).toMatchObject([
    {
      body: {
        result: 'failed',
        exitCode: 2,
        code: 'parameter-missing',
        reason: expect.stringMatching(/^Cannot install: /),
        diskState: 'untouched',
      },
    },
  ]);
  expect(result.stderr.trimEnd().split('\n').at(-1)).toMatch(/^Try: /);
});

test('servers are told of a failure in a file of parameters, and how to try again', async () => {
  await using server = await notifyServer();
  const result = await runInstaller({
    args: ['-d', 'loop999', '-b', 'http://127.0.0.1:1/image', '--header-file', '/tmp/token'],
    cmdline: `coreos.inst.notify_url=${server.url}`,
    tmpFiles: { token: 'X-Rack: 7\n', verify: 'perhaps\n' },
  });
  expectFailure(result, 'parameter-file-invalid');
  expect(server.notices).toMatchObject([
    { headers: { 'x-rack': '7' }, body: { code: 'parameter-file-invalid' } },
  ]);
  expect(result.stderr).toMatch(
    /^Try: coreos-installer -d loop999 -i IGNITION_URL -b http:\/\/127\.0\.0\.1:1\/image /m,
  );
});

test('a dry run tells nobody; a URL that is none is refused before anything is done', async () => {
  await using it = await fixture();
  await using server = await notifyServer();
  await runInstaller({ args: [...it.args, '--notify-url', server.url, '--dry-run'] });
  expect(server.notices).toEqual([]);
  const result = await runInstaller({ args: [...it.args, '--notify-url', 'foreman'] });
  expectFailure(result, 'invalid-notify-url');
});
