/** Draws docs/images/fleet.png: the page of coreos-provision in Chromium, with a fleet made up for it. */
import { join } from 'node:path';
import { startBrowser } from '../test/support/page/browser.ts';
import { FleetServer } from '../test/support/page/fleet-server.ts';
import { busyFleet } from '../test/support/page/fleets.ts';
import { root } from './lib/paths.ts';

/** The same picture each time: a page that shows no other time. */
const atMs = Date.UTC(2026, 10, 27, 9, 30);

await using browser = await startBrowser();
await using server = await new FleetServer(busyFleet(16, 40, atMs)).listen();
const page = await browser.newPage({
  viewport: { width: 1400, height: 600 },
  timezoneId: 'UTC',
  colorScheme: 'light',
});
await page.clock.setFixedTime(atMs);
await page.goto(server.url);
await page.getByText('5 need a human').waitFor();
await page.screenshot({ path: join(root, 'docs/images/fleet.png') });
