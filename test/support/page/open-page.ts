import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { FleetView } from '../../../src/provision/rule/views.ts';
import { FleetServer } from './fleet-server.ts';

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly server: FleetServer;
}

/** The page in a window of its own, with the fleet drawn, from a server that shows what a test says. */
export async function openPage(
  browser: Browser,
  fleet: FleetView,
  options: WindowOptions = {},
): Promise<OpenPage> {
  const server = await new FleetServer(fleet).listen();
  const opened = await openWindow(browser, server.url, options);
  return {
    page: opened.page,
    server,
    async [Symbol.asyncDispose]() {
      await using _ = server;
      await opened[Symbol.asyncDispose]();
    },
  };
}

export type WindowOptions = BrowserContextOptions & { readonly ownClock?: boolean };

/**
 * The page of any server. When it is closed, it has thrown nothing, broken no rule of its own policy,
 * and asked no other server for anything.
 */
export async function openWindow(
  browser: Browser,
  url: string,
  options: WindowOptions = {},
): Promise<{ readonly page: Page } & AsyncDisposable> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 800 }, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  // For tests that wind it forward.
  if (options.ownClock) await page.clock.install();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error.stack)));
  page.on('console', (message) => {
    // Of a status that a test asks for, and of a connection that it cuts.
    const expected = /^Failed to load resource/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !expected) faults.push(message.text());
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(url) && !asked.startsWith('data:')) faults.push(`asked for ${asked}`);
  });
  await page.goto(url);
  await page.getByText('Live', { exact: true }).waitFor();
  if (options.ownClock)
    await page.clock.pauseAt((await page.evaluate<number>('Date.now()')) + 2_000);
  return {
    page,
    async [Symbol.asyncDispose]() {
      await context.close();
      expect(faults).toEqual([]);
    },
  };
}
