import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ProgressReports } from '../../../src/notify/progress-reports.ts';
import type { InstallEvent } from '../../../src/ui/display/events.ts';
import { listen } from '../../support/listen.ts';
import { type ProgressPost, progressServer } from '../../support/progress-server.ts';

const installId = '0e5b8f3c-7a41-5c56-9b8e-2f60d1c7a905';
const last: InstallEvent = { event: 'same-again', command: 'the last' };
const begins = (step: 'plan' | 'write' | 'configure' | 'commit'): InstallEvent => ({
  ...{ event: 'step-begins', step },
});

function reportsTo(url: string, times = {}, source = {}) {
  const troubles: string[] = [];
  const reports = new ProgressReports({
    ...{ url, installId, source },
    onTrouble: (text) => troubles.push(text),
    times: { intervalMs: 30, leastMs: 10, ...times },
  });
  return { reports, troubles };
}

describe('a server that answers', () => {
  test('gets all events in order, several in one request, with the install id', async () => {
    await using server = await progressServer();
    const { reports, troubles } = reportsTo(`${server.url}/v1/progress?rack=2`);
    reports.show({ event: 'begin' });
    reports.show(begins('plan'));
    await server.arrived(1);
    for (const step of ['write', 'configure', 'commit'] as const) reports.show(begins(step));
    await server.arrived(2);
    await reports.finish(last, 3000);
    expect(server.posts.map(({ path }) => path)).toEqual(Array(3).fill('/v1/progress?rack=2'));
    expect(server.posts[0]?.headers['content-type']).toBe('application/x-ndjson');
    expect(server.posts.map(({ events }) => events.length)).toEqual([2, 3, 1]);
    expect(server.posts[0]?.events[1]).toEqual({
      ...{ event: 'step-begins', step: 'plan', installId },
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(server.kinds().at(-1)).toBe('same-again');
    expect(troubles).toEqual([]);
  });

  test('gets name and password as Basic auth, header fields, and no secret in the events', async () => {
    await using server = await progressServer();
    const url = server.url.replace('//', '//id:secret@');
    const { reports } = reportsTo(url, {}, { headers: { 'x-rack': '7' } });
    reports.show({ event: 'note', text: 'from https://core:secret@192.0.2.1/x?key=secret' });
    await reports.finish(last, 3000);
    const { headers, body } = server.posts[0] ?? {};
    expect(headers?.authorization).toBe(`Basic ${btoa('id:secret')}`);
    expect(headers?.['x-rack']).toBe('7');
    expect(body).toContain('https://***@192.0.2.1/x?***');
    expect(body).not.toContain('secret');
  });

  test('gets progress once a second, and an event that is too large without its members', async () => {
    await using server = await progressServer();
    const { reports } = reportsTo(server.url);
    const progress = { receivedBytes: 1, decodedBytes: 1, onDeviceBytes: 1 } as never;
    for (let index = 0; index < 100; index++) reports.show({ event: 'progress', progress });
    reports.show({ event: 'note', text: 'x'.repeat(65 * 1024) });
    await reports.finish(last, 3000);
    expect(server.kinds()).toEqual(['progress', 'note', 'same-again']);
    const events = server.posts.flatMap((post) => post.events);
    expect(events.find(({ event }) => event === 'note')).toEqual({
      ...{ event: 'note', installId, shortened: true },
      time: expect.any(String),
    });
  });

  test('has one request at a time, however long it takes', async () => {
    const held: (() => void)[] = [];
    await using server = await progressServer((response) => {
      held.push(() => response.writeHead(204).end());
    });
    const { reports } = reportsTo(server.url);
    reports.show(begins('plan'));
    await server.arrived(1);
    const beganMs = performance.now();
    for (let index = 0; index < 1000; index++) reports.show(begins('write'));
    // Nothing of that waits for the server.
    expect(performance.now() - beganMs).toBeLessThan(1000);
    await sleep(150);
    expect(server.posts).toHaveLength(1);
    held[0]?.();
    await server.arrived(2);
    held[1]?.();
    await reports.finish(last, 1000);
    expect(server.open.most).toBe(1);
    expect(server.kinds().filter((kind) => kind === 'step-begins')).toHaveLength(1001);
  });

  /** The time between the first request, which gets this answer, and the second. */
  async function intervalAfter(body: string, times: object): Promise<number> {
    await using server = await progressServer((response) => response.end(body));
    const { reports } = reportsTo(server.url, times);
    reports.show(begins('plan'));
    await server.arrived(1);
    reports.show(begins('write'));
    await server.arrived(2);
    await reports.finish(last, 1000);
    const [first, second] = server.posts;
    return (second?.atMs ?? 0) - (first?.atMs ?? 0);
  }

  test('says when the next request comes, within limits', async () => {
    expect(await intervalAfter('{"intervalMs":400}', {})).toBeGreaterThan(390);
    expect(await intervalAfter('{"intervalMs":0}', { leastMs: 300 })).toBeGreaterThan(290);
    expect(await intervalAfter('{"intervalMs":-7}', { leastMs: 300 })).toBeGreaterThan(290);
    const after = await intervalAfter('{"intervalMs":1e12}', { longestMs: 300 });
    expect(after).toBeGreaterThan(290);
    expect(after).toBeLessThan(3000);
  });

  const tooLong = `{"intervalMs":90000,"x":"${'x'.repeat(8192)}"}`;
  const garbage = [
    ...['x', 'null', '[]', '7', '""', '{}', '{"intervalMs":"90000"}', '{"intervalMs":null}'],
    ...['{"intervalMs":1e999}', '{"intervalMs":{}}', '{"intervalMs":90000', '\0', tooLong],
  ];
  test.each(garbage.map((body) => [JSON.stringify(body.slice(0, 25)), body] as const))(
    'that says %s says nothing of it',
    async (_, body) => {
      const after = await intervalAfter(body, { intervalMs: 200 });
      expect(after).toBeGreaterThan(190);
      expect(after).toBeLessThan(5000);
    },
  );

  test('and never ends its answer is left', async () => {
    let sentBytes = 0;
    await using server = await progressServer((response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'x')))
          sentBytes += 64 * 1024;
      };
      response.on('drain', more);
      more();
    });
    const { reports, troubles } = reportsTo(server.url);
    reports.show(begins('plan'));
    await server.arrived(1);
    reports.show(begins('write'));
    await server.arrived(2);
    await reports.finish(last, 3000);
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
    expect(troubles).toEqual([]);
    expect(server.kinds()).toEqual(['step-begins', 'step-begins', 'same-again']);
  });
});

test('a run in which nothing happens says that it runs', async () => {
  await using server = await progressServer();
  const { reports } = reportsTo(server.url, { aliveMs: 100 });
  reports.show(begins('plan'));
  await server.arrived(3);
  await reports.finish(last, 1000);
  expect(server.kinds()).toEqual(['step-begins', 'alive', 'alive', 'same-again']);
  expect(server.posts[1]?.events).toEqual([
    { event: 'alive', installId, time: expect.any(String) },
  ]);
  for (const gap of gapsOf(server).slice(0, 2)) expect(gap).toBeGreaterThan(90);
});

/** The times between requests. */
function gapsOf({ posts }: { readonly posts: readonly ProgressPost[] }): number[] {
  return posts.slice(1).map(({ atMs }, index) => atMs - (posts[index]?.atMs ?? 0));
}

describe('a server that fails', () => {
  test('is asked at intervals that double, and gets everything when it works again', async () => {
    let works = false;
    await using server = await progressServer((response) =>
      response.writeHead(works ? 204 : 500).end(),
    );
    const { reports, troubles } = reportsTo(server.url, { intervalMs: 20 });
    reports.show(begins('plan'));
    await server.arrived(5);
    for (const [index, gap] of gapsOf(server).entries())
      expect(gap).toBeGreaterThan(29 * 2 ** index);
    works = true;
    const failed = server.posts.length;
    reports.show(begins('write'));
    await server.arrived(failed + 1);
    await reports.finish(last, 3000);
    const accepted = server.posts.slice(failed).flatMap(({ events }) => events);
    expect(accepted.map(({ event, step }) => step ?? event)).toEqual([
      ...['plan', 'write', 'same-again'],
    ]);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(/^Could not send the progress to http:.*500.*\.$/);
  });

  test('hears of the machine soon after an outage, however long that was', async () => {
    await using server = await progressServer((response, index) =>
      response.writeHead(index < 10 ? 500 : 204).end(),
    );
    const { reports } = reportsTo(server.url, { intervalMs: 20, afterFailuresMs: 100 });
    reports.show(begins('plan'));
    await server.arrived(11);
    // Doubled, the last one would be 15 seconds.
    for (const gap of gapsOf(server)) expect(gap).toBeLessThan(2000);
    await reports.finish(last, 1000);
  });

  test.each([400, 413])('with %i because of some events gets later ones', async (status) => {
    await using server = await progressServer((response, index) =>
      response.writeHead(index === 0 ? status : 204).end(),
    );
    const { reports, troubles } = reportsTo(server.url);
    reports.show(begins('plan'));
    await server.arrived(1);
    reports.show(begins('write'));
    await server.arrived(2);
    await reports.finish(last, 1000);
    expect(
      server.posts.map(({ events }) => events.map(({ step, event }) => step ?? event)),
    ).toEqual([['plan'], ['write'], ['same-again']]);
    expect(troubles).toHaveLength(1);
  });

  test('with 413 because of the events before the last one gets that', async () => {
    await using server = await progressServer((response, index) =>
      response.writeHead(index < 2 ? 413 : 204).end(),
    );
    const { reports } = reportsTo(server.url, { intervalMs: 10_000 });
    reports.show(begins('plan'));
    await server.arrived(1);
    // More than one request.
    for (const text of ['a', 'b', 'c'])
      reports.show({ event: 'note', text: text.repeat(63 * 1024) });
    await reports.finish(last, 3000);
    expect(server.posts.at(-1)?.events.map(({ event }) => event)).toEqual(['note', 'same-again']);
  });

  test.each([401, 404, 413])('with %i is not asked more often', async (status) => {
    await using server = await progressServer((response) => response.writeHead(status).end());
    const { reports, troubles } = reportsTo(server.url, { intervalMs: 100 });
    for (let index = 0; index < 50; index++) {
      reports.show(begins('write'));
      await sleep(10);
    }
    expect(server.posts.length).toBeGreaterThan(1);
    for (const [index, gap] of gapsOf(server).entries())
      expect(gap).toBeGreaterThan(149 * 2 ** index);
    await reports.finish(last, 1000);
    expect(troubles).toHaveLength(1);
  });

  test('because none listens: it is said once, without secrets, and ends in time', async () => {
    const { reports, troubles } = reportsTo('http://id:secret@127.0.0.1:1/x?secret');
    for (let index = 0; index < 20; index++) {
      reports.show(begins('write'));
      await sleep(10);
    }
    const beganMs = performance.now();
    await reports.finish(last, 1000);
    expect(performance.now() - beganMs).toBeLessThan(1500);
    expect(troubles).toEqual([
      expect.stringMatching(
        /^Could not send the progress to http:\/\/\*\*\*@127\.0\.0\.1:1\/x\?\*\*\*: /,
      ),
    ]);
    expect(troubles[0]).not.toContain('secret');
  });

  test('because it never answers: each request has a limit, and so has the end', async () => {
    await using server = await progressServer(() => undefined);
    const { reports, troubles } = reportsTo(server.url, { requestMs: 100, intervalMs: 10 });
    reports.show(begins('plan'));
    await server.arrived(2);
    expect(troubles).toEqual([expect.stringContaining('no answer within 0.1 s')]);
    const beganMs = performance.now();
    await reports.finish(last, 300);
    expect(performance.now() - beganMs).toBeLessThan(1500);
    expect(server.open.most).toBe(1);
  });

  test('because it does not answer at the end: the limit of that is what is said', async () => {
    await using server = await progressServer(() => undefined);
    const { reports, troubles } = reportsTo(server.url, { intervalMs: 10_000 });
    await reports.finish(last, 200);
    expect(troubles).toEqual([expect.stringContaining('no answer within 0.2 s')]);
  });

  test('because it speaks something else', async () => {
    const server = createServer((socket) => socket.end('220 smtp.example.net\r\n'));
    await using at = await listen(server as never);
    const { reports, troubles } = reportsTo(at.url);
    reports.show(begins('plan'));
    await reports.finish(last, 1000);
    expect(troubles).toHaveLength(1);
  });

  test('keeps its request only until the end', async () => {
    await using server = await progressServer(() => undefined);
    const { reports } = reportsTo(server.url);
    reports.show(begins('plan'));
    await server.arrived(1);
    reports[Symbol.dispose]();
    reports.show(begins('write'));
    while (server.open.now > 0) await sleep(5);
    expect(server.posts).toHaveLength(1);
  });
});
