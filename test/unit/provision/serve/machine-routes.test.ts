import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WriteError } from '../../../../src/lib/errors.ts';
import { FakeControl } from '../../../support/fake-control.ts';
import { basic, provisionServer } from '../../../support/provision-server.ts';
import { machine, worker } from '../../../support/small-fleet.ts';

const id = 'b3a1f0c4-1111-5222-8333-444455556666';
const uuid = '4c4c4544-0042-3510-8052-b4c04f4e3432';
const permit = { id, token: 'to:ken' };
let server: Awaited<ReturnType<typeof provisionServer<FakeControl>>>;
beforeEach(async () => {
  server = await provisionServer(new FakeControl());
});
afterEach(async () => await server[Symbol.asyncDispose]());

describe('boot scripts', () => {
  test('the first one is the same for all, and under two names', async () => {
    const script = await server.ask('/boot.ipxe');
    expect(script.text).toMatch(/^#!ipxe\n/);
    expect(await server.ask('/boot.ipxe.0')).toMatchObject({ status: 200, text: script.text });
    expect(server.control.calls).toEqual([]);
  });

  test.each(['ipxe', 'grub'])('/%s asks the rule, with what the loader says', async (path) => {
    const query = `mac=52-54-00-00-00-01&uuid=${uuid}&manufacturer=Dell%20Inc.&product=&foo=bar`;
    const answer = await server.ask(`/${path}?${query}`);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' },
    });
    expect(answer.text).toContain('position 1');
    const asked = { mac: '52:54:00:00:00:01', uuid };
    expect(server.control.calls).toEqual([{ name: 'ask', args: [asked, '127.0.0.1'] }]);
  });

  test('of a machine that may install have its permit, which the log has not', async () => {
    server.control.decision = {
      kind: 'install',
      machine: machine(1),
      profile: worker,
      install: permit,
      assetsUrl: 'http://192.0.2.1:8080',
    };
    const { text } = await server.ask('/ipxe?mac=52-54-00-00-00-01');
    expect(text).toContain(`http://${id}:to%3Aken@192.0.2.1:8080/ignition`);
    expect(text).not.toContain('hunter2');
    expect(server.logged.join()).not.toContain('ken');
  });

  test('do not leave before what they rest on is on the disk', async () => {
    const stored = Promise.withResolvers<void>();
    server.control.settling = stored.promise;
    let isAnswered = false;
    const asking = server.ask('/ipxe?mac=52-54-00-00-00-01').finally(() => (isAnswered = true));
    while (server.control.calls.length === 0) await setImmediate();
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    expect(isAnswered).toBe(false);
    stored.resolve();
    expect((await asking).status).toBe(200);
  });

  test('where it cannot be stored, there is none', async () => {
    const failure = { code: 'output-failed', failed: 'Cannot write x', why: 'full', next: 'Y.' };
    server.control.settling = Promise.reject(new WriteError(failure as never));
    server.control.settling.catch(() => undefined);
    const answer = await server.ask('/ipxe?mac=52-54-00-00-00-01');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('ipxe');
    expect(answer.json()).toMatchObject({ error: 'Cannot write x: full. Y.' });
    // The disk rests on nothing.
    server.control.decision = { kind: 'local-boot', why: 'it is installed', method: 'exit' };
    for (const path of ['/ipxe', '/grub', '/boot.ipxe'])
      expect((await server.ask(`${path}?mac=52-54-00-00-00-01`)).status).toBe(200);
  });

  test('an address that a proxy on this machine reports is the machine’s', async () => {
    await server.ask('/ipxe?mac=52-54-00-00-00-01', {
      headers: { 'x-forwarded-for': '192.0.2.77' },
    });
    expect(server.control.calls[0]?.args[1]).toBe('192.0.2.77');
  });
});

describe('the config', () => {
  test('is for the holder of a permit, and nobody keeps it', async () => {
    server.control.wanted = machine(1);
    const answer = await server.ask('/ignition', { headers: basic(id, 'to:ken') });
    expect(answer).toMatchObject({
      status: 200,
      text: machine(1).config.toString(),
      headers: {
        'cache-control': 'no-store',
        'content-type': 'application/vnd.coreos.ignition+json',
        'x-content-type-options': 'nosniff',
      },
    });
    expect(server.control.calls).toEqual([{ name: 'config', args: [permit, '127.0.0.1'] }]);
  });

  test('is refused with another permit, and asked for without one', async () => {
    const wrong = await server.ask('/ignition', { headers: basic(id, 'x') });
    expect(wrong).toMatchObject({ status: 403 });
    const none = await server.ask('/ignition?mac=52:54:00:00:00:01');
    expect(none.status).toBe(401);
    expect(none.headers['www-authenticate']).toMatch(/^Basic /);
    expect(server.control.calls).toHaveLength(1);
    expect(server.logged).toEqual(['127.0.0.1 GET /ignition 403', '127.0.0.1 GET /ignition 401']);
  });
});

test('metadata is what the line of the machine shows, without secrets', async () => {
  server.control.wanted = machine(1);
  const answer = await server.ask(`/metadata?mac=52:54:00:00:00:01&uuid=${uuid}`);
  expect(answer.text).toBe('HOSTNAME=m1.example\nNAME=m1\n');
  const asked = { mac: '52:54:00:00:00:01', uuid };
  expect(server.control.calls).toEqual([{ name: 'find', args: [asked] }]);
  server.control.wanted = undefined;
  expect((await server.ask('/metadata')).status).toBe(404);
});

describe('progress', () => {
  const post = (body: string, headers = basic(id, 'to:ken')) =>
    server.ask('/v1/progress', { method: 'POST', headers, body });
  test('is a JSON event a line; the answer says when to send again', async () => {
    const answer = await post(
      '{"event":"step-begins","step":"write","time":"x"}\n\nnonsense\n' +
        '{"event":"progress","percent":12.5,"onDeviceBytesPerS":7,"x":{"y":1}}\n[]\n',
    );
    expect(answer.json()).toEqual({ intervalMs: 5000 });
    expect(server.control.calls[0]?.args).toEqual([
      permit,
      [
        { event: 'step-begins', step: 'write' },
        { event: 'progress', percent: 12.5, onDeviceBytesPerS: 7 },
      ],
      '127.0.0.1',
    ]);
  });
  test('that cannot be read, is too large, or has no valid permit is refused', async () => {
    expect((await post('nonsense')).status).toBe(400);
    expect((await post('x'.repeat(256 * 1024 + 1))).status).toBe(413);
    expect((await server.ask('/v1/progress', { method: 'POST', body: '' })).status).toBe(401);
    expect(server.control.calls).toEqual([]);
    server.control.isValid = false;
    expect((await post('{"event":"begin"}')).status).toBe(403);
  });
  test('has an end: of many events the newest 1000', async () => {
    const lines = Array.from({ length: 1500 }, (_, index) => `{"event":"e${index}"}`);
    await post(lines.join('\n'));
    const events = server.control.calls[0]?.args[1];
    expect(events).toHaveLength(1000);
    expect(events).toContainEqual({ event: 'e1499' });
    expect(events).not.toContainEqual({ event: 'e499' });
  });
});

describe('the result', () => {
  const post = (body: unknown, headers: Record<string, string> = basic(id, 'to:ken')) =>
    server.ask('/v1/notice', { method: 'POST', headers, body: JSON.stringify(body) });
  test('is a notification as the installer sends it', async () => {
    const notice = {
      result: 'failed',
      installId: id,
      exitCode: 3,
      code: 'target-mounted',
      reason: 'It is mounted.',
      diskState: 'untouched',
    };
    const machine = { macs: ['52:54:00:00:00:01'], bootMac: '52:54:00:00:00:01' };
    const answer = await post({ schemaVersion: 1, machine, target: {}, ...notice });
    expect(answer.status).toBe(204);
    expect(server.control.calls[0]?.args).toEqual([permit, notice, '127.0.0.1']);
  });
  test('is refused in another form, or without a valid permit', async () => {
    expect((await post({ result: 'maybe' })).status).toBe(400);
    expect((await post(null)).status).toBe(400);
    expect((await post({ result: 'installed' }, {})).status).toBe(401);
    expect((await post('x'.repeat(1024 * 1024 + 1))).status).toBe(413);
    expect(server.control.calls).toEqual([]);
    server.control.isValid = false;
    expect((await post({ result: 'installed' })).status).toBe(403);
  });
});

test('an installed system reports that it is up', async () => {
  const path = '/v1/booted?mac=52-54-00-00-00-01';
  expect((await server.ask(path, { method: 'POST' })).status).toBe(204);
  expect(server.control.calls[0]?.args[0]).toEqual({ mac: '52:54:00:00:00:01' });
  server.control.isValid = false;
  expect((await server.ask(path, { method: 'POST' })).status).toBe(404);
  expect((await server.ask(path)).status).toBe(404);
});
