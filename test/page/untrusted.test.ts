import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../support/page/browser.ts';
import { FleetServer, goodToken } from '../support/page/fleet-server.ts';
import { exampleFleet, exampleMachine } from '../support/page/fleets.ts';
import { openPage } from '../support/page/open-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const bad = '<img src=x onerror="document.title=1">"\'></script><script>document.title=2</script>';

test('what machines and servers say stays text, wherever it is shown', async () => {
  const needs = { kind: 'failed', sentence: `A ${bad}`, next: `B ${bad}`, diskState: `C ${bad}` };
  const machine = exampleMachine({
    ...{ name: bad, rack: `D ${bad}`, profile: `E ${bad}`, macs: [`F ${bad}`], state: 'failed' },
    ...{ progress: { step: `G ${bad}` }, needs: needs as NonNullable<typeof machine.needs> },
  });
  const fleet = { gateClosed: `H ${bad}`, loadFailure: `I ${bad}` };
  await using opened = await openPage(browser, exampleFleet([machine], fleet));
  const { page, server } = opened;
  server.happened({
    kind: 'seen',
    machine: bad,
    actor: `J ${bad}`,
    data: { [`K ${bad}`]: `L ${bad}` },
  });
  await page.getByRole('gridcell').click();
  await page.getByText(`L ${bad}`).waitFor();
  for (const letter of 'ABCDEFGHIJK') await page.getByText(`${letter} ${bad}`).first().waitFor();
  // As a refusal.
  server.forget(exampleFleet([machine]));
  await page.getByLabel('Token').fill(goodToken);
  await page.route('**/retry', (route) =>
    route.fulfill({ status: 409, json: { error: `M ${bad}` } }),
  );
  await page.getByRole('button', { name: 'Retry' }).first().click();
  await page.getByText(`M ${bad}`).waitFor();
  expect(await page.locator('img, script:not(:last-of-type)').count()).toBe(0);
  expect(await page.title()).toBe('(1) Fleet');
});

test('names reach the server as one segment of its path', async () => {
  const name = '../hold?a=1#b';
  await using opened = await openPage(browser, exampleFleet([exampleMachine({ name })]));
  const { page, server } = opened;
  await page.getByLabel('Token').fill(goodToken);
  await page.getByRole('gridcell').click();
  await page.getByRole('button', { name: `Hold ${name}` }).click();
  await page.getByText(`Done: hold ${name}.`).waitFor();
  expect(server.requests.at(-1)).toBe(`POST /api/v1/machines/${encodeURIComponent(name)}/hold`);
});

test.each([
  ["document.body.innerHTML = '<b>x</b>'"],
  ["document.body.setAttribute('onclick', 'document.title = 1')"],
  ["document.head.append(Object.assign(document.createElement('script'), { text: '1' }))"],
])('the page could not turn text into markup or a script: %s', async (tried) => {
  await using server = await new FleetServer(exampleFleet([])).listen();
  const page = await browser.newPage();
  await page.goto(server.url);
  const run = `(() => { try { ${tried}; return 'done'; } catch (error) { return error.name; } })()`;
  expect(await page.evaluate(run)).toBe('TypeError');
  await page.close();
});
