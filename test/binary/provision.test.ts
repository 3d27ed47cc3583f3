import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readPage } from '../../src/provision/page/page.ts';
import { makeFleet } from '../support/fleet-directory.ts';
import { runningServer } from '../support/running-server.ts';
import { provisionProgram } from './program.ts';

test('the packaged server has the page inside, and shows a fleet from its files and its database', async () => {
  using fleet = makeFleet();
  await using server = await runningServer(fleet.path, { program: [provisionProgram] });
  const answer = await fetch(`${server.url}/`);
  const { html, headers } = readPage();
  expect(await answer.text()).toBe(html);
  expect(Object.fromEntries(answer.headers)).toMatchObject(headers);
  const view = await (await fetch(`${server.url}/api/v1/machines`)).json();
  expect(view).toMatchObject({ held: true, machines: [{ name: 'n1', state: 'ready' }] });
  // Node opens a debugger for this signal.
  server.child.kill('SIGUSR1');
  await delay(500);
  expect((await fetch(`${server.url}/`)).status).toBe(200);
  expect(server.output()).not.toMatch(/debugger/i);
});
