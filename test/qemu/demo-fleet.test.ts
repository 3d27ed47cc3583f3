import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { request } from 'undici';
import { expect } from 'vitest';
import type { FleetView } from '../../src/provision/rule/views.ts';
import { limits } from './support/chain.ts';
import { startMachine } from './support/machine-process.ts';
import type { Scenario } from './support/scenario.ts';
import { moreScenarioTest } from './support/scenario-test.ts';

moreScenarioTest(
  'make demo-fleet: three machines are installed from one server, with its page in a browser',
  async (scenario) => {
    await using demo = await started(scenario);
    const { console } = demo;
    const page = await request(demo.url);
    expect(page.headers['content-type']).toContain('text/html');
    expect(await page.body.text()).toContain('<title>');
    for (let number = 1; number <= 3; number += 1)
      await console.waitFor(/^node-\d: booted$/, limits.installMs + limits.bootMs);
    expect(await demo.exited).toBe(0);
    for (const name of ['node-1', 'node-2', 'node-3']) {
      expect(console.text).toContain(`${name}: booted`);
      expect(console.text.match(new RegExp(`^${name}: permitted$`, 'gm'))).toHaveLength(1);
    }
    expect(existsSync(demo.directory)).toBe(false);
  },
);

moreScenarioTest('make demo-fleet, interrupted: nothing is left', async (scenario) => {
  await using demo = await started(scenario);
  await demo.console.waitFor(/^node-\d: permitted$/, limits.installMs);
  const { body } = await request(`${demo.url}/api/v1/machines`);
  const { machines } = (await body.json()) as FleetView;
  expect(machines.map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3']);
  demo.child.kill('SIGINT');
  expect(await demo.exited).toBe(0);
  expect(existsSync(demo.directory)).toBe(false);
  await expect(request(demo.url)).rejects.toThrow('ECONNREFUSED');
});

/** The demonstration, once it says where its page is; with the directory of all that it makes. */
async function started(scenario: Scenario) {
  const program = [process.execPath, join(import.meta.dirname, 'demo-fleet.ts')];
  const demo = startMachine(program, scenario.nextLog(), limits.installMs);
  const [, url = ''] = await demo.console.waitFor(
    /^The page of the server: (\S+)$/,
    limits.installMs,
  );
  const [, log = ''] = await demo.console.waitFor(
    /^The consoles of the machines: (\S+) /,
    limits.installMs,
  );
  const directory = dirname(log);
  expect(existsSync(directory)).toBe(true);
  return { ...demo, url, directory };
}
