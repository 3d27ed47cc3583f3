import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailureLimit } from '../../../../src/provision/serve/failure-limit.ts';
import { revokeOperatorToken } from '../../../../src/provision/serve/operator-tokens.ts';
import { FakeControl, machineView } from '../../../support/fake-control.ts';
import { provisionServer } from '../../../support/provision-server.ts';

let server: Awaited<ReturnType<typeof provisionServer<FakeControl>>>;
beforeEach(async () => {
  server = await provisionServer(new FakeControl());
  const stored = Array.from({ length: 1500 }, (_, index) => ({
    seq: index + 1,
    atMs: index,
    machine: `m${(index % 2) + 1}`,
    kind: 'seen' as const,
    actor: 'machine',
    data: {},
  }));
  server.control.change({ machines: [machineView(1), machineView(2)], seq: 1500 }, ...stored);
});
afterEach(async () => await server[Symbol.asyncDispose]());

const operations = () =>
  server.control.calls.filter(({ name }) => name === 'operate').map(({ args }) => args);

describe('everybody may read', () => {
  test('the whole fleet, and one machine with its newest events', async () => {
    expect((await server.ask('/api/v1/machines')).json()).toEqual(server.control.shown);
    const { machine, events } = (await server.ask('/api/v1/machines/m2')).json();
    expect(machine.name).toBe('m2');
    expect(events).toHaveLength(100);
    expect(events.at(-1).seq).toBe(1500);
    expect(await server.ask('/api/v1/machines/m3')).toMatchObject({
      status: 404,
      text: JSON.stringify({ error: 'There is no machine "m3".' }),
    });
  });
  test('events, a thousand at a time', async () => {
    const events = async (query: string) =>
      (await server.ask(`/api/v1/events${query}`)).json().events;
    expect(await events('')).toHaveLength(1000);
    expect((await events('?after=1000'))[0].seq).toBe(1001);
    expect(await events('?after=1490&machine=m1')).toHaveLength(5);
    for (const after of ['x', '-1', '1e3', '9'.repeat(16)])
      expect((await server.ask(`/api/v1/events?after=${after}`)).status).toBe(400);
  });
});

describe('an action', () => {
  const post = (path: string, headers: Record<string, string> = server.bearer, body?: string) =>
    server.ask(`/api/v1/${path}`, { method: 'POST', headers, body });

  test.each(['hold', 'release', 'retry', 'reinstall', 'adopt'])(
    '%s needs a token, which has a name',
    async (kind) => {
      const answer = await post(`machines/m1/${kind}`);
      expect(answer.json()).toEqual({ machines: ['m1'] });
      expect(operations()).toEqual([[{ kind, machine: 'm1' }, 'token:alice']]);
    },
  );

  test.each(['hold', 'release', 'adopt'])(
    '%s concerns the whole fleet without a name',
    async (kind) => {
      expect((await post(kind, server.bearer, '{"why":"power"}')).json()).toEqual({ machines: [] });
      expect(operations()).toEqual([[{ kind, why: 'power' }, 'token:alice']]);
    },
  );

  test('on a machine that is still held afterwards says why', async () => {
    const sentence = 'It is held: cabling.';
    const held = machineView(1, { state: 'held', needs: { kind: 'held', sentence, next: '' } });
    server.control.change({ machines: [held] });
    expect((await post('machines/m1/reinstall')).json()).toEqual({
      machines: ['m1'],
      held: sentence,
    });
    expect((await post('machines/m1/hold')).json()).toEqual({ machines: ['m1'] });
  });

  test('on no machine, or one whose state does not allow it, says so', async () => {
    expect((await post('machines/m3/hold')).status).toBe(404);
    server.control.change({ machines: [machineView(1, { name: 'installed' })] });
    const answer = await post('machines/installed/retry');
    expect(answer.status).toBe(409);
    expect(answer.json()).toEqual({
      error: expect.stringContaining('it is installed'),
      failure: expect.objectContaining({ code: 'machine-state-unsuitable' }),
    });
  });

  test.each<[string, () => Record<string, string>]>([
    ['no token', () => ({})],
    ['a wrong token', () => ({ authorization: 'Bearer wrong' })],
    [
      'the token in a form that browsers send by themselves',
      () => ({
        authorization: `Basic ${btoa(`x:${server.token}`)}`,
        cookie: `token=${server.token}`,
      }),
    ],
  ])('with %s is refused, and nothing says whether the machine exists', async (_, headers) => {
    for (const path of ['hold', 'machines/m1/hold', 'machines/m3/hold'])
      expect((await post(path, headers())).status).toBe(401);
    expect(operations()).toEqual([]);
  });

  test('with a token that was revoked since is refused', async () => {
    revokeOperatorToken(server.state, 'alice');
    expect((await post('hold')).status).toBe(401);
  });

  test('after ten wrong tokens no other is tried for a minute, from that address', async () => {
    for (let count = 0; count < 10; count += 1)
      await post('hold', { authorization: `Bearer wrong${count}` });
    expect(await post('hold')).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
    const from = { ...server.bearer, 'x-forwarded-for': '192.0.2.9' };
    expect((await post('hold', from)).status).toBe(200);
    expect(server.logged.join()).not.toMatch(new RegExp(`wrong|${server.token}`));
  });

  test('by the socket needs none', async () => {
    const answer = await server.ask('/api/v1/machines/m1/retry', {
      method: 'POST',
      by: server.local,
    });
    expect(answer.status).toBe(200);
    expect(operations()).toEqual([[{ kind: 'retry', machine: 'm1' }, 'socket']]);
  });

  test('is nothing that a link or an image could do', async () => {
    expect((await server.ask('/api/v1/hold', { headers: server.bearer })).status).toBe(404);
    const preflight = await server.ask('/api/v1/hold', { method: 'PUT', headers: server.bearer });
    expect(preflight.status).toBe(404);
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
  });
});

test('failures are forgotten after a minute, and never more than a bounded number are kept', () => {
  const limit = new FailureLimit();
  for (let count = 0; count < 10; count += 1) limit.add('a', 0);
  expect(limit.isExceeded('a', 59_999)).toBe(true);
  expect(limit.isExceeded('a', 60_000)).toBe(false);
  for (let count = 0; count < 25_000; count += 1) limit.add(`x${count}`, 60_000);
  limit.add('a', 60_000);
  expect(limit.isExceeded('a', 60_000)).toBe(false);
});
