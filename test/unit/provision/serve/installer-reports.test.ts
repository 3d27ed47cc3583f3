import { expect, test } from 'vitest';
import { DiskStatus } from '../../../../src/install/disk-state.ts';
import { notify } from '../../../../src/notify/notification.ts';
import { ProgressReports } from '../../../../src/notify/progress-reports.ts';
import type { FailureReport } from '../../../../src/ui/display/events.ts';
import { FakeControl } from '../../../support/fake-control.ts';
import { provisionServer } from '../../../support/provision-server.ts';
import { machine, smallFleet } from '../../../support/small-fleet.ts';

const id = 'b3a1f0c4-1111-5222-8333-444455556666';
const permit = { id, token: 'to:ken' };

test('the server of a fleet reads what the installer itself sends', async () => {
  const fleet = smallFleet([machine(1)]);
  await using server = await provisionServer(new FakeControl(), { fleet });
  const at = (path: string) => `${server.url.replace('//', `//${id}:to%3Aken@`)}${path}`;

  const troubles: string[] = [];
  const reports = new ProgressReports({
    url: at('/v1/progress'),
    source: {},
    installId: id,
    onTrouble: (text) => troubles.push(text),
  });
  reports.show({ event: 'begin' });
  reports.show({ event: 'step-begins', step: 'write' });
  const progress = { receivedBytes: 1, decodedBytes: 3, onDeviceBytes: 2, toWriteBytes: 4 };
  reports.show({ event: 'progress', progress } as never);
  await reports.finish({ event: 'step-ends', step: 'write', elapsedMs: 7 }, 5000);
  expect(troubles).toEqual([]);
  const sent = server.control.calls.filter(({ name }) => name === 'progress');
  expect(sent.every(({ args }) => JSON.stringify(args[0]) === JSON.stringify(permit))).toBe(true);
  expect(sent.flatMap(({ args }) => args[1])).toMatchObject([
    { event: 'begin' },
    { event: 'step-begins', step: 'write' },
    { event: 'progress', percent: 50 },
    { event: 'progress' },
    { event: 'step-ends', step: 'write' },
  ]);

  const failure: FailureReport = {
    code: 'image-damaged',
    ...{ reason: 'It is damaged.', exitCode: 4, command: 'x' },
    disk: new DiskStatus(),
  };
  const notification = {
    urls: [at('/v1/notice')],
    source: {},
    startedAt: new Date(),
    installId: id,
    signal: new AbortController().signal,
  };
  expect(await notify(notification, { result: 'failed', failure })).toEqual([]);
  const target = { path: '/dev/vda', requested: '/dev/vda', sizeBytes: 1 } as never;
  const found = { target, installId: id, madeAt: new Date(), bootOrder: undefined };
  const installed = { found, warnings: [] };
  expect(await notify(notification, { result: 'installed', installed })).toEqual([]);
  const notices = server.control.calls.filter(({ name }) => name === 'notice');
  expect(notices.map(({ args }) => args.slice(0, 2))).toMatchObject([
    [permit, { result: 'failed', installId: id, code: 'image-damaged', diskState: 'untouched' }],
    [permit, { result: 'installed', installId: id, alreadyInstalled: true }],
  ]);
});

test('a long reason, which lists every disk of a machine, is cut and not lost', async () => {
  const fleet = smallFleet([machine(1)]);
  await using server = await provisionServer(new FakeControl(), { fleet });
  const headers = {
    authorization: `Basic ${Buffer.from(`${id}:to:ken`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ result: 'failed', installId: id, reason: 'No disk. '.repeat(600) });
  const { status } = await server.ask('/v1/notice', { method: 'POST', headers, body });
  expect(status).toBeLessThan(300);
  const [, notice] = server.control.calls.find(({ name }) => name === 'notice')?.args ?? [];
  expect(notice).toMatchObject({
    result: 'failed',
    reason: 'No disk. '.repeat(600).slice(0, 2000),
  });
});
