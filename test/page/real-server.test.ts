import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createControl } from '../../src/provision/rule/control.ts';
import { listen } from '../support/listen.ts';
import { startBrowser } from '../support/page/browser.ts';
import { openWindow } from '../support/page/open-page.ts';
import { basic, provisionServer } from '../support/provision-server.ts';
import { machine, macOf, smallFleet } from '../support/small-fleet.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

/** The server itself, on a database of its own, and what machines say to it. */
async function realServer() {
  const directory = await mkdtemp(join(tmpdir(), 'page-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const fleet = smallFleet([1, 2, 3].map((number) => machine(number)));
  const control = createControl({ database: join(directory, 'fleet.db'), fleet });
  onTestFinished(() => control[Symbol.dispose]());
  const server = await provisionServer(control, { fleet });
  const post = async (path: string, permit: readonly [string, string], body: object) =>
    await server.ask(path, {
      method: 'POST',
      headers: basic(...permit),
      body: JSON.stringify(body),
    });
  return {
    ...server,
    /** Its id and its token. */
    async boot(number: number): Promise<readonly [string, string]> {
      const { text } = await server.ask(`/ipxe?mac=${macOf(number)}`);
      const [, id, token] = /ignition_url=http:\/\/([^:]+):([^@]+)@/.exec(text) ?? [];
      if (id === undefined || token === undefined) throw new Error(`m${number} may not: ${text}`);
      return [id, token];
    },
    progress: (permit: readonly [string, string], percent: number) =>
      post('/v1/progress', permit, { event: 'progress', percent, onDeviceBytesPerS: 3e7 }),
    notice: (permit: readonly [string, string], body: object) => post('/v1/notice', permit, body),
  };
}

test('from an empty database over a failure to an installed machine, as the real server has it', async () => {
  await using server = await realServer();
  await using opened = await openWindow(browser, `${server.url}/`);
  const { page } = opened;
  const square = (name: string) => page.getByRole('gridcell', { name, exact: true });

  // An empty database: the fleet is held.
  await page.getByText('The whole fleet is held').waitFor();
  await page.getByLabel('Token').fill(server.token);
  page.once('dialog', (dialog) => dialog.accept('release'));
  await page.getByRole('button', { name: 'Release all' }).click();
  await page.getByText('Done: release all.').waitFor();
  await page.getByText('The whole fleet is held').waitFor({ state: 'hidden' });

  const first = await server.boot(1);
  await square('m1: booting').waitFor();
  await server.progress(first, 41.5);
  await square('m1: installing 41 %').waitFor();
  const reason = '/dev/sda: writing at 12 MiB failed: <b>EIO</b>.';
  await server.notice(first, { result: 'failed', reason, code: 'x', diskState: 'no-table' });
  await square('m1: failed, needs a human: failed').waitFor();
  await page.getByRole('list').getByText(reason).waitFor();
  await page.getByText('Disk: no-table').waitFor();
  await page.getByRole('button', { name: 'Retry m1' }).click();
  await page.getByText('Done: retry m1.').waitFor();

  const second = await server.boot(1);
  await page.getByText('Nothing at the moment.').waitFor();
  await server.notice(second, { result: 'installed' });
  await square('m1: installed').click();
  const timeline = page.getByRole('list', { name: 'Timeline' });
  await timeline.getByText('by token:alice').waitFor();
  await timeline.getByText(`reason: ${reason}`).waitFor();
  // A machine that is on no line.
  await server.ask('/ipxe?mac=52:54:00:ff:ff:ff');
  await square('52:54:00:ff:ff:ff: unknown, needs a human: unknown').waitFor();

  page.once('dialog', (dialog) => dialog.accept('m1'));
  await page.getByRole('button', { name: 'Reinstall m1' }).click();
  await page.getByText('Done: reinstall m1.').waitFor();
  await page.locator('#details').getByText('2 wanted, 1 installed').waitFor();
});

test('a wrong token, and an action that does not fit, are answered in the server’s words', async () => {
  await using server = await realServer();
  await using opened = await openWindow(browser, `${server.url}/`);
  const { page } = opened;
  await page.getByLabel('Token').fill('wrong');
  await page.getByRole('button', { name: 'Hold all' }).click();
  await page.getByText('The server does not accept this token.').waitFor();
  await page.getByLabel('Token').fill(server.token);
  await page.getByRole('gridcell', { name: 'm2: ready' }).click();
  await page.route('**/hold', (route) =>
    route.continue({ url: `${server.url}/api/v1/machines/m2/retry` }),
  );
  await page.getByRole('button', { name: 'Hold m2' }).click();
  await page.getByText('Cannot retry m2').waitFor();
});

test('a stream that is cut is resumed, and what has happened meanwhile is shown', async () => {
  await using server = await realServer();
  server.control.operate({ kind: 'release' }, 'test');
  await using cable = await cableTo(server.port);
  await using opened = await openWindow(browser, `${cable.url}/`);
  const { page } = opened;
  const again = page.waitForRequest((one) => one.url().endsWith('/stream'));
  cable.cut();
  await server.boot(3);
  expect((await (await again).allHeaders())['last-event-id']).toMatch(/-/);
  await page.getByRole('gridcell', { name: 'm3: booting' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
});

async function cableTo(port: number) {
  const ends = new Set<Socket>();
  const cable = await listen(
    createServer((client) => {
      const target = connect(port, '127.0.0.1');
      for (const end of [client, target]) {
        ends.add(end);
        end
          .on('error', () => undefined)
          .on('close', () => [client, target].map((one) => one.destroy()));
      }
      client.pipe(target).pipe(client);
    }),
  );
  const cut = () => {
    for (const end of ends) end.destroy();
  };
  return Object.assign(cable, { cut });
}
