import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { runInstaller } from '../../support/installer.ts';
import { notifyServer } from '../../support/notify-server.ts';
import { progressServer } from '../../support/progress-server.ts';
import { slowFixture } from '../../support/slow-fixture.ts';
import { smallFixture } from '../../support/small-fixture.ts';

// Other tests run at the same time, on disks of the same machine.
const id: string = randomUUID();

test('a server gets the events while they happen, and the last one before the notification', async () => {
  await using it = await slowFixture();
  await using server = await progressServer((response) => {
    response.end('{"intervalMs":1000}');
    if (server.kinds().filter((kind) => kind === 'progress').length > 2) it.hurry();
  });
  const secret = server.url.replace('//', `//${id}:secret@`);
  let postsBefore = 0;
  await using notified = await notifyServer(() => {
    postsBefore = server.posts.length;
    return 204;
  });
  const cmdline = `coreos.inst.progress_url=${secret}/v1/progress coreos.inst.install_id=${id}`;
  const args = [...it.args, '--notify-url', notified.url];
  const { exitCode, stdout, stderr, tmpFiles } = await runInstaller({ args, cmdline });
  expect(exitCode, stderr).toBe(0);
  expect(tmpFiles['progress_url']).toBe(`${secret}/v1/progress\n`);
  expect(stdout + stderr).not.toContain('secret');
  const events = server.posts.flatMap((post) => post.events);
  const kinds = events.map(({ event, step }) => [event, step].filter(Boolean).join(' '));
  expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
    ...['begin', 'parameters', 'step-begins plan', 'step-ends plan', 'plan'],
    ...['step-begins write', 'progress', 'step-ends write', 'step-begins configure'],
    ...['step-ends configure', 'step-begins commit', 'step-ends commit', 'installed'],
  ]);
  expect(events.every(({ installId }) => installId === id)).toBe(true);
  expect(server.posts.length).toBeGreaterThan(2);
  expect(postsBefore).toBe(server.posts.length);
  for (const { path, headers, body } of server.posts) {
    expect(path).toBe('/v1/progress');
    expect(headers['content-type']).toBe('application/x-ndjson');
    expect(headers.authorization).toBe(`Basic ${btoa(`${id}:secret`)}`);
    expect(body).not.toContain('secret');
  }
});

test.each([
  ['answers 500', (url: string) => `${url}/x`, [1]],
  ['does not listen', () => 'http://127.0.0.1:1/x', [1]],
  // Only if its time is over before the end.
  ['never answers', (url: string) => `${url}/never`, [0, 1]],
])('a server that %s changes nothing, and only the log has it', async (_, urlOf, times) => {
  await using it = await smallFixture();
  await using server = await progressServer((response) => {
    if (!response.req.url?.endsWith('never')) response.writeHead(500).end();
  });
  const directory = await mkdtemp('/var/tmp/coreos-installer-progress-');
  await using __ = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
  const log = join(directory, 'log');
  const args = [...it.args, '--progress-url', urlOf(server.url), '--log-file', log];
  const { exitCode, stdout, stderr } = await runInstaller({ args });
  expect(exitCode, stderr).toBe(0);
  expect(stdout + stderr).not.toContain('Could not send');
  const [, seconds = '999'] = /Installed in ([\d.]+) s/.exec(stdout) ?? [];
  // The end may wait for three seconds, but that is not part of the installation.
  expect(Number(seconds)).toBeLessThan(60);
  const lines = (await readFile(log, 'utf8')).split('\n');
  const count = lines.filter((line) => line.includes(' progress-not-sent ')).length;
  expect(times).toContain(count);
  expect(server.open.most).toBeLessThan(2);
});

test('a failure is the last event; a dry run sends none', async () => {
  await using it = await smallFixture();
  await using server = await progressServer();
  const args = [...it.args, '--progress-url', server.url];
  await runInstaller({ args: [...args, '--dry-run'] });
  expect(server.posts).toEqual([]);
  const result = await runInstaller({ args: [...args, '-b', `${it.server.url}/none`] });
  expectFailure(result, 'image-not-found');
  expect(server.posts.at(-1)?.events.at(-1)).toMatchObject({
    ...{ event: 'failed', code: 'image-not-found', exitCode: 4, diskState: 'untouched' },
  });
});

test('of an installation that is there already the events say so', async () => {
  await using it = await smallFixture();
  await using server = await progressServer();
  const args = [...it.args, '--install-id', id];
  expect((await runInstaller({ args })).exitCode).toBe(0);
  const digest = async () =>
    createHash('sha256')
      .update(await readFile(it.disk.path))
      .digest('hex');
  const before = await digest();
  await runInstaller({ args: [...args, '--progress-url', server.url] });
  expect(await digest()).toBe(before);
  expect(server.posts.at(-1)?.events.at(-1)).toMatchObject({
    ...{ event: 'installed', alreadyInstalled: true, installId: id },
  });
});

test('what is no URL is refused before anything is done', async () => {
  await using it = await smallFixture();
  const result = await runInstaller({ args: [...it.args, '--progress-url', 'rack-server'] });
  expectFailure(result, 'invalid-progress-url');
});
