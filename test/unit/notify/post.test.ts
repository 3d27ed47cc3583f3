import { expect, test } from 'vitest';
import { postJson } from '../../../src/notify/post.ts';
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

test('a name and password in the URL are sent, and not told', async () => {
  await using server = await notifyServer((index) => (index === 0 ? 204 : 403));
  const url = server.url.replace('//', '//ironic:secret@');
  await postJson(url, {}, quick, signal);
  expect(server.notices[0]?.headers.authorization).toBe(`Basic ${btoa('ironic:secret')}`);
  const error = await postJson(url, {}, quick, signal).catch(String);
  expect(error).toContain('***');
  expect(error).not.toContain('secret');
});
