/**
 * Measures the page of coreos-provision with 10 000 machines (N=…) in Chromium: from the request for
 * the page until its squares are painted, and from a change of 500 machines until that is painted;
 * `squaresCpuMs` is the work of the page's main thread, which other load on the machine does not change.
 */
import { startBrowser } from '../test/support/page/browser.ts';
import { FleetServer } from '../test/support/page/fleet-server.ts';
import { busyFleet } from '../test/support/page/fleets.ts';
import { median } from './statistics.ts';

const rounds = Number(process.env['ROUNDS'] || 5);
const racks = Number(process.env['N'] || 10_000) / 40;

/** Runs in the page, hence as text: notes when a frame with the squares, or the change, is painted. */
const watch = `
  const painted = (name) => requestAnimationFrame(() => setTimeout(() => { noted(name, performance.now()); }));
  new MutationObserver((_, observer) => {
    if (!document.querySelector('[data-name]')) return;
    observer.disconnect();
    painted('squares');
    new MutationObserver((changes) => {
      if (changes.some(({ target }) => target.dataset.state === 'held')) painted('change');
    }).observe(document.getElementById('racks'), { attributeFilter: ['data-state'], subtree: true });
  }).observe(document, { childList: true, subtree: true });`;

await using browser = await startBrowser();
const times: Record<string, number[]> = {
  firstPaintMs: [],
  squaresMs: [],
  changeMs: [],
  squaresCpuMs: [],
};
for (let round = 0; round < rounds; round += 1) {
  const fleet = busyFleet(racks, 40, Date.now());
  await using server = await new FleetServer(fleet).listen();
  const page = await browser.newPage({ viewport: { width: 1400, height: 800 } });
  const squares = Promise.withResolvers<number>();
  const change = Promise.withResolvers<number>();
  await page.exposeFunction('noted', (name: string, atMs: number) =>
    (name === 'squares' ? squares : change).resolve(atMs),
  );
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.addInitScript(watch);
  await page.goto(server.url);
  times['squaresMs']?.push(await squares.promise);
  const { metrics } = await devtools.send('Performance.getMetrics');
  const busyS = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  times['squaresCpuMs']?.push(busyS * 1000);
  const held = fleet.machines.filter((_, at) => at % 20 === 0).map(({ name }) => name);
  const beforeMs = await page.evaluate<number>('performance.now()');
  server.change(Object.fromEntries(held.map((name) => [name, { state: 'held' }])));
  times['changeMs']?.push((await change.promise) - beforeMs);
  const firstPaint = `performance.getEntriesByName('first-contentful-paint')[0].startTime`;
  times['firstPaintMs']?.push(await page.evaluate<number>(firstPaint));
  await page.close();
}
for (const [name, values] of Object.entries(times))
  console.log(
    `${name}: ${values.map(Math.round).join(', ')}; median ${Math.round(median(values))}`,
  );
