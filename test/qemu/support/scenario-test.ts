import { test } from 'vitest';
import { runScenario, type Scenario } from './scenario.ts';

/** Which scenarios run: from `make test-qemu SCENARIOS=core`. Throws for what is neither. */
export function scenariosWanted(value = process.env['SCENARIOS']): 'core' | 'all' {
  if (value === 'core' || value === 'all') return value;
  if (value) throw new Error(`SCENARIOS=${value}: there are core and all`);
  return 'all';
}

/** A test that boots machines, and proves what no other does. */
export function scenarioTest(name: string, run: (scenario: Scenario) => Promise<void>): void {
  test(name, async () => await runScenario(name, run));
}

/** One that is not of the core: it proves together, and on a machine, what others prove one by one. */
export function moreScenarioTest(name: string, run: (scenario: Scenario) => Promise<void>): void {
  test.skipIf(scenariosWanted() === 'core')(name, async () => await runScenario(name, run));
}
