import { expect, test } from 'vitest';
import { startBrowser } from '../support/page/browser.ts';
import { busyFleet } from '../support/page/fleets.ts';
import { openPage } from '../support/page/open-page.ts';

test('10 000 machines are shown, change, and are reached', async () => {
  await using browser = await startBrowser();
  await using opened = await openPage(browser, busyFleet(250, 40, Date.now()));
  const { page, server } = opened;
  expect(await page.locator('[role=gridcell]').count()).toBe(10_001);
  const last = page.locator('[data-name=r250-40]');
  server.change({ 'r250-40': { state: 'failed' } });
  await page.locator('[aria-label="r250-40: failed"]').waitFor({ state: 'attached' });
  await last.click();
  await page.getByRole('region', { name: 'r250-40' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Home');
  const focused = await page.evaluate('document.activeElement.dataset.name');
  expect(focused).toBe('r01-01');
});
