import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../support/page/browser.ts';
import { exampleFleet, exampleMachine } from '../support/page/fleets.ts';
import { openPage } from '../support/page/open-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const two = () => exampleFleet(['a', 'b'].map((name) => exampleMachine({ name })));

test('a stream that was cut is resumed where it ended', async () => {
  await using opened = await openPage(browser, two());
  const { page, server } = opened;
  server.dropStreams();
  server.change({ b: { state: 'booting' } });
  await page.getByRole('gridcell', { name: 'b: booting' }).waitFor();
  expect(server.resumedFrom).toEqual(['', '1']);
  await page.getByText('Live', { exact: true }).waitFor();
});

test('a stream that is resumed with nothing new is live at once', async () => {
  await using opened = await openPage(browser, two());
  const { page, server } = opened;
  const again = page.waitForRequest('**/api/v1/stream');
  server.dropStreams();
  await again;
  await page.getByText('Live', { exact: true }).waitFor();
  expect(server.resumedFrom).toEqual(['', '1']);
});

test('while the server is away the page says since when, and it comes back by itself', async () => {
  await using opened = await openPage(browser, two(), { ownClock: true });
  const { page, server } = opened;
  // After such an answer the browser itself tries no more.
  server.streamStatus = 503;
  server.dropStreams();
  await page.getByText('Connection lost').waitFor();
  await page.clock.fastForward(12_000);
  await page.getByText(/last heard 1\d s ago/).waitFor();
  // The attempt of that moment is over: with one that is not, the page has patience, and its clock stands still.
  const state = async () => await page.evaluate('stream.readyState === EventSource.CLOSED');
  await expect.poll(state, { timeout: 30_000 }).toBe(true);
  server.change({ a: { state: 'held' } });
  server.streamStatus = 200;
  const again = page.waitForRequest('**/api/v1/stream');
  await page.clock.fastForward(6_000);
  await again;
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('gridcell', { name: 'a: held' }).waitFor();
  expect(await page.getByText('last heard').count()).toBe(0);
});

test('a connection that is open but silent is replaced', async () => {
  await using opened = await openPage(browser, two(), { ownClock: true });
  const { page, server } = opened;
  await page.clock.fastForward(40_000);
  expect(server.resumedFrom).toHaveLength(1);
  const again = page.waitForRequest('**/api/v1/stream');
  await page.clock.fastForward(6_000);
  await again;
  await page.getByText('Live', { exact: true }).waitFor();
});

test('a server that has forgotten its fleet shows what it has now', async () => {
  await using opened = await openPage(browser, two());
  const { page, server } = opened;
  await page.getByRole('gridcell', { name: 'b: ready' }).waitFor();
  server.forget(exampleFleet([exampleMachine({ name: 'c' })], { held: true }));
  await page.getByRole('gridcell', { name: 'c: ready' }).waitFor();
  expect(await page.getByRole('gridcell').count()).toBe(1);
});
