import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../support/page/browser.ts';
import { lowContrast } from '../support/page/contrast.ts';
import { goodToken } from '../support/page/fleet-server.ts';
import { busyFleet, exampleFleet, exampleMachine } from '../support/page/fleets.ts';
import { openPage } from '../support/page/open-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const focused = (page: Page) =>
  page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.id');

/** Presses a key until the focus is on what has that name. */
async function pressUntil(page: Page, key: string, name: string): Promise<void> {
  const passed: string[] = [];
  while (!passed.includes(name)) {
    if (passed.length > 30) expect.fail(`${key} does not reach ${name}: ${passed.join(', ')}`);
    await page.keyboard.press(key);
    passed.push(await focused(page));
  }
}

test('everything is done with the keyboard alone', async () => {
  await using opened = await openPage(browser, busyFleet(5, 40, Date.now()));
  const { page, server } = opened;
  await pressUntil(page, 'Tab', 'token');
  await page.keyboard.type(goodToken);
  await pressUntil(page, 'Tab', 'r01-01: booted');
  for (const [key, name] of [
    ['ArrowRight', 'r01-02: booted'],
    ['ArrowDown', 'r02-02: booted'],
    ['ArrowLeft', 'r02-01: booted'],
    ['ArrowLeft', 'r02-01: booted'],
    ['ArrowUp', 'r01-01: booted'],
    ['End', 'r01-40: booted'],
    ['Control+End', '52:54:00:aa:07:19: unknown, needs a human: unknown'],
    ['Control+Home', 'r01-01: booted'],
    ['PageDown', '52:54:00:aa:07:19: unknown, needs a human: unknown'],
    ['ArrowUp', 'r05-01: queued'],
  ] as const) {
    await page.keyboard.press(key);
    expect(await focused(page), key).toBe(name);
  }
  await page.keyboard.press('Enter');
  expect(await focused(page)).toBe('machine');
  await page.keyboard.press('Escape');
  expect(await focused(page)).toBe('r05-01: queued');
  // One stop for all squares: the next is beyond them.
  await page.keyboard.press('Tab');
  expect(await page.evaluate(`document.activeElement.closest('[role=grid]')`)).toBeNull();
  await page.keyboard.press('Shift+Tab');
  expect(await focused(page)).toBe('r05-01: queued');
  await page.keyboard.press('Space');
  await pressUntil(page, 'Tab', 'Hold r05-01');
  await page.keyboard.press('Enter');
  await page.getByText('Done: hold r05-01.').waitFor();
  expect(server.requests).toContain('POST /api/v1/machines/r05-01/hold');
});

test('where a rack has several lines, the arrows go from line to line', async () => {
  const viewport = { width: 360, height: 800 };
  await using opened = await openPage(browser, busyFleet(2, 40, Date.now()), { viewport });
  const { page } = opened;
  const place = async () => await page.locator(':focus').boundingBox();
  await page.getByRole('gridcell', { name: 'r01-02' }).focus();
  const before = await place();
  await page.keyboard.press('ArrowDown');
  expect(await focused(page)).toMatch(/^r01-[123]/);
  const after = await place();
  expect(after?.x).toBe(before?.x);
  expect((after?.y ?? 0) - (before?.y ?? 0)).toBe(19);
  await page.keyboard.press('ArrowUp');
  expect(await focused(page)).toMatch(/^r01-02/);
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowDown');
  expect(await focused(page)).toMatch(/^r02-40/);
});

test('what has the focus keeps it while other machines change, come and go', async () => {
  await using opened = await openPage(browser, busyFleet(2, 4, Date.now()));
  const { page, server } = opened;
  await page.getByRole('gridcell', { name: 'r02-02' }).focus();
  const before = await focused(page);
  server.change({ 'r01-01': { state: 'failed' }, zz: { rack: 'a' } }, {}, ['r01-02']);
  await page.getByRole('row', { name: 'a', exact: true }).waitFor();
  expect(await focused(page)).toBe(before);

  const needs = { kind: 'failed', sentence: 'It failed.', next: 'Retry.' } as const;
  server.change({ zz: { rack: 'a', state: 'failed', needs } });
  await page.getByRole('button', { name: 'Retry zz' }).focus();
  const later = { ...needs, sentence: 'It failed 94 s ago.' };
  server.change({ 'r01-01': { state: 'failed', needs }, zz: { needs: later } });
  await page.getByRole('button', { name: 'Retry r01-01' }).waitFor();
  await page.getByText('It failed 94 s ago.').waitFor();
  expect(await focused(page)).toBe('Retry zz');
  expect(await page.locator('#list li').count()).toBe(3);
});

test('a screen reader finds names, headings, regions and lists', async () => {
  const needs = { kind: 'failed', sentence: 'It failed.', next: 'Retry.' } as const;
  const fleet = exampleFleet([
    exampleMachine({ name: 'r01-1', state: 'failed', needs }),
    exampleMachine({ name: 'r01-2', state: 'booted' }),
  ]);
  await using opened = await openPage(browser, fleet);
  const { page } = opened;
  await page.getByRole('gridcell', { name: 'r01-1' }).click();
  await page.getByRole('region', { name: 'r01-1' }).waitFor();
  const tree = await page.locator('body').ariaSnapshot();
  expect(
    tree.replaceAll(/(?:\d{4}-\d\d-\d\d )?(?<!:)\d\d:\d\d:\d\d(?!:)/g, 'TIME'),
  ).toMatchSnapshot();
});

test.each([
  ['light', 1400],
  ['dark', 1400],
  ['light', 360],
] as const)(
  'contrast: all text is at 4.5:1 or more (%s, %d pixels wide)',
  async (colorScheme, width) => {
    const options = { colorScheme, viewport: { width, height: 800 } };
    await using opened = await openPage(browser, busyFleet(5, 40, Date.now()), options);
    const { page, server } = opened;
    await page.getByRole('gridcell', { name: 'r03-24' }).click();
    server.change(
      {},
      { held: true, gateClosed: '3 have failed.', loadFailure: 'fleet.yaml:1:1: no.' },
    );
    await page.getByRole('button', { name: 'Adopt all' }).click();
    await page.getByText('An action needs a token of an operator.').waitFor();
    expect(await lowContrast(page)).toEqual([]);
    server.streamStatus = 503;
    server.dropStreams();
    await page.getByText('Connection lost').waitFor();
    expect(await lowContrast(page)).toEqual([]);
    const overhang = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overhang)).toBe(0);
  },
);

test.each([
  ['reduce', '0s'],
  ['no-preference', '0.3s, 0.3s'],
] as const)('motion: %s', async (reducedMotion, duration) => {
  await using opened = await openPage(browser, busyFleet(1, 2, Date.now()), { reducedMotion });
  const style = `getComputedStyle(document.querySelector('[data-name]')).transitionDuration`;
  expect(await opened.page.evaluate(style)).toBe(duration);
});
