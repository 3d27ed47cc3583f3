import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../support/page/browser.ts';
import { goodToken } from '../support/page/fleet-server.ts';
import { busyFleet, exampleFleet, exampleMachine } from '../support/page/fleets.ts';
import { openPage } from '../support/page/open-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const failure = {
  state: 'failed',
  needs: {
    kind: 'failed',
    sentence: '/dev/sda: writing at 12 MiB failed.',
    next: 'Exchange the disk.',
    diskState: 'no-table',
  },
} as const;

const three = () =>
  exampleFleet([
    exampleMachine({ name: 'r1-2' }),
    exampleMachine({ name: 'r1-10', state: 'booted', installedGeneration: 1 }),
    exampleMachine({ name: 'r2-1', rack: 'r02', ...failure }),
  ]);

test('a fleet is shown: counts, racks, figures, and who needs a human', async () => {
  await using opened = await openPage(browser, busyFleet(5, 40, Date.now()));
  const { page } = opened;
  const counts = await page.getByRole('list', { name: 'Machines by state' }).ariaSnapshot();
  expect(counts).toMatch(/: 30 ready\n.*: 40 queued\n.*: 33 installing\n.*: 1 came back\n/s);
  expect(await page.getByRole('gridcell').count()).toBe(201);
  expect(await page.locator('#facts').ariaSnapshot()).toMatch(
    /Slots\W+definition: 36 of 36\W.*Gate\W+definition: open\W.*: \d+ MB\/s\W.*: about \d+ min/s,
  );
  expect(await page.locator('#list li').count()).toBe(5);
  expect(await page.locator('#list li').nth(1).ariaSnapshot()).toMatch(
    /r02-19.*failed.*writing at 1.2 GiB failed.*Disk: no-table.*Exchange the disk.*Retry r02-19.*Hold r02-19/s,
  );
});

test('racks and machines are in the order that people count in', async () => {
  await using opened = await openPage(browser, three());
  const names = await opened.page
    .locator('[data-name]')
    .evaluateAll((squares) => squares.map((square) => square.getAttribute('data-name')));
  expect(names).toEqual(['r1-2', 'r1-10', 'r2-1']);
});

test('what changes is shown without loading the page again', async () => {
  await using opened = await openPage(browser, three());
  const { page, server } = opened;
  server.change({
    'r1-2': { state: 'installing', progress: { step: 'write', percent: 41.9 } },
    '52:54:00:00:00:09': { state: 'unknown', rack: '' },
  });
  await page.getByRole('gridcell', { name: 'r1-2: installing 41 %', exact: true }).waitFor();
  await page.getByRole('row', { name: 'no rack' }).getByText('?').waitFor();
  server.change({ 'r2-1': { state: 'installing' } }, {}, ['52:54:00:00:00:09']);
  await page.getByText('Nothing at the moment.').waitFor();
  expect(await page.getByRole('gridcell').count()).toBe(3);
});

test('why nothing goes on is said: held, gate closed, files that are refused', async () => {
  await using opened = await openPage(browser, three());
  const { page, server } = opened;
  server.change(
    {},
    { gateClosed: '3 of 40 have failed.', loadFailure: 'machines.csv:7:3: no name.' },
  );
  await page.getByText('No further machine begins. 3 of 40 have failed.').waitFor();
  await page
    .getByText('The newest files are not in use; the older set is. machines.csv:7:3')
    .waitFor();
  server.change({}, { held: true });
  await page.getByText('The whole fleet is held').waitFor();
});

test('a square opens the timeline of its machine, which goes on', async () => {
  await using opened = await openPage(browser, three());
  const { page, server } = opened;
  const machine = { machine: 'r1-2', actor: 'machine', sourceIp: '192.0.2.7' } as const;
  for (const kind of ['seen', 'waited'] as const) server.happened({ kind, ...machine });
  await page.getByRole('gridcell', { name: 'r1-2' }).click();
  const timeline = page.getByRole('list', { name: 'Timeline' });
  await timeline.getByText('waits for its turn').waitFor();
  server.happened({
    kind: 'held',
    machine: 'r1-2',
    actor: 'token:anna',
    data: { why: 'a new disk' },
  });
  server.change({ 'r1-2': { state: 'held' } });
  await timeline.getByText('why: a new disk').waitFor();
  await timeline
    .getByRole('listitem')
    .first()
    .getByText('by token:anna, why: a new disk')
    .waitFor();
  await page.locator('#details').getByText('held since').waitFor();
});

test('an action is done with a token, and it is said what was done', async () => {
  await using opened = await openPage(browser, three());
  const { page, server } = opened;
  await page.getByLabel('Token').fill(goodToken);
  await page.getByRole('button', { name: 'Retry r2-1' }).click();
  await page.getByText('Done: retry r2-1.').waitFor();
  expect(server.requests.filter((one) => one.startsWith('POST'))).toEqual([
    'POST /api/v1/machines/r2-1/retry',
  ]);
});

test('a token is asked for, and a wrong one is refused in words', async () => {
  await using opened = await openPage(browser, three());
  const { page, server } = opened;
  await page.getByRole('button', { name: 'Hold all' }).click();
  await page.getByText('An action needs a token of an operator.').waitFor();
  expect(await page.locator(':focus').getAttribute('id')).toBe('token');
  expect(server.requests.join()).not.toContain('POST');
  await page.keyboard.type('wrong');
  await page.getByRole('button', { name: 'Hold all' }).click();
  await page.getByText('The server does not accept this token. No operator has it.').waitFor();
});

test('what the server refuses is said in its words', async () => {
  await using opened = await openPage(browser, three());
  const { page, server } = opened;
  await page.getByLabel('Token').fill(goodToken);
  await page.getByRole('button', { name: 'Retry r2-1' }).waitFor();
  // Changed by somebody else while the button is pressed.
  await page.route('**/retry', async (route) => {
    server.change({ 'r2-1': { state: 'booted' } });
    await route.continue();
  });
  await page.getByRole('button', { name: 'Retry r2-1' }).click();
  await page.getByText('It has not failed.').waitFor();
});

test('a token goes to no place that outlives the page', async () => {
  await using opened = await openPage(browser, three());
  const { page } = opened;
  await page.getByLabel('Token').fill(goodToken);
  await page.getByRole('button', { name: 'Hold all' }).click();
  await page.getByText('Done: hold all.').waitFor();
  const kept =
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])';
  expect(await page.evaluate(kept)).not.toContain(goodToken);
});

test.each([
  ['r1-10', ['POST /api/v1/machines/r1-10/reinstall']],
  ['r1-1', []],
  [undefined, []],
])('to reinstall, the name is typed: %s', async (typed, sent) => {
  await using opened = await openPage(browser, three());
  const { page, server } = opened;
  await page.getByLabel('Token').fill(goodToken);
  page.once('dialog', (dialog) => (typed === undefined ? dialog.dismiss() : dialog.accept(typed)));
  await page.getByRole('gridcell', { name: 'r1-10' }).click();
  await page.getByRole('button', { name: 'Reinstall r1-10' }).click();
  await page.getByText(sent.length > 0 ? 'Done: reinstall r1-10.' : 'Nothing was done.').waitFor();
  expect(server.requests.filter((one) => one.startsWith('POST'))).toEqual(sent);
});

test('a machine is found by its name or MAC address', async () => {
  await using opened = await openPage(browser, busyFleet(5, 40, Date.now()));
  const { page } = opened;
  for (const [typed, name] of [
    ['R03-07', 'r03-07'],
    ['52:54:00:00:00:50', 'r03-01'],
  ] as const) {
    await page.getByLabel('Find').fill(typed);
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name }).waitFor();
  }
  await page.getByLabel('Find').fill('r99');
  await page.keyboard.press('Enter');
  await page.getByText('There is no machine with the name or MAC address r99.').waitFor();
});
