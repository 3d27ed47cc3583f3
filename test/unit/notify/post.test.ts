import { expect, test } from 'vitest';
import type { Waiting } from '../../../src/fetch/source.ts';
import { postJson } from '../../../src/notify/post.ts';
import { failure } from '../../support/failure.ts';
import { notifyServer } from '../../support/notify-server.ts';

const signal = new AbortController().signal;
const quick = { source: { backoff: () => 1 }, retryForMs: 5_000 };

test('a notice is JSON, sent by POST once', async () => {
  await using server = await notifyServer();
  await postJson(`${server.url}/done?rack=2`, { result: 'installed' }, quick, signal);
  expect(server.notices).toMatchObject([
    {
      path: '/done?rack=2',
      headers: { 'content-type': 'application/json' },
      body: { result: 'installed' },
    },
  ]);
});

test('a server that is out of order is asked again', async () => {
  await using server = await notifyServer((index) => (index < 2 ? 500 : 201));
  await postJson(server.url, {}, quick, signal);
  expect(server.notices).toHaveLength(3);
});

test.each([200, 201, 202, 203, 204])('status %i is a yes', async (status) => {
  await using server = await notifyServer(() => status);
  await postJson(server.url, {}, quick, signal);
  expect(server.notices).toHaveLength(1);
});

test.each([205, 206, 304])('status %i is none', async (status) => {
  await using server = await notifyServer(() => status);
  await expect(postJson(server.url, {}, quick, signal)).rejects.toThrow(String(status));
});

test('who waits is told why, and of whom, without the secrets in the URL', async () => {
  await using server = await notifyServer((index) => (index < 2 ? 500 : 200));
  const waits: Waiting[] = [];
  const tries: number[] = [];
  const source = {
    onWait: (waiting: Waiting) => waits.push(waiting),
    backoff: (attempt: number) => {
      tries.push(attempt);
      return 1;
    },
    headers: { 'x-rack': '7' },
  };
  const url = `${server.url.replace('//', '//ironic:secret@')}/done?token=secret`;
  await postJson(url, {}, { ...quick, source }, signal);
  expect(waits.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('500'),
    expect.stringContaining('500'),
  ]);
  expect(tries).toHaveLength(2);
  expect(waits[0]?.name).toContain('/done');
  expect(JSON.stringify(waits)).not.toContain('secret');
  expect(server.notices[0]?.headers).toMatchObject({ 'x-rack': '7' });
});

test('what is no URL is told, without its secrets', async () => {
  const sending = postJson('http://ironic:secret@[::1/', {}, quick, signal);
  await expect(sending).rejects.toThrow(failure('invalid-notify-url'));
  await expect(sending).rejects.toThrow(/^Cannot use .*: it is not a valid URL\. Write it as /);
  await expect(sending).rejects.not.toThrow('secret');
});

test('a server that does not want it is not asked again', async () => {
  await using server = await notifyServer(() => 404);
  await expect(postJson(server.url, {}, quick, signal)).rejects.toThrow('404');
  expect(server.notices).toHaveLength(1);
});

test('a server that stays out of order is given up', async () => {
  await using server = await notifyServer(() => 503);
  const once = { ...quick, retryForMs: 0 };
  await expect(postJson(server.url, {}, once, signal)).rejects.toThrow('503');
});

test('a server that never answers is left when the time is over', async () => {
  await using server = await notifyServer(() => 'nothing');
  const soon = AbortSignal.timeout(300);
  await expect(postJson(server.url, {}, quick, soon)).rejects.toThrow('timeout');
});

test('one that does not answer within ten seconds is asked again, however long a download may stall', async () => {
  await using server = await notifyServer((index) => (index === 0 ? 'nothing' : 204));
  const source = { ...quick.source, stallTimeoutMs: 600_000 };
  await postJson(server.url, {}, { source, retryForMs: 20_000 }, signal);
  const [first = 0, second = 0] = server.notices.map(({ atMs }) => atMs);
  expect(second - first).toBeGreaterThan(9_000);
  expect(server.notices).toHaveLength(2);
});

test('a name and password in the URL are sent, and not told', async () => {
  await using server = await notifyServer((index) => (index === 0 ? 204 : 403));
  const url = server.url.replace('//', '//ironic:secret@');
  await postJson(url, {}, quick, signal);
  expect(server.notices[0]?.headers.authorization).toBe(`Basic ${btoa('ironic:secret')}`);
  const error = await postJson(url, {}, quick, signal).catch(String);
  expect(error).toContain('***');
  expect(error).not.toContain('secret');
});
