import { test } from 'vitest';
import { runScenario, type Scenario } from './scenario.ts';

/** Which scenarios run: from `make test-qemu SCENARIOS=core`. Throws for what is neither. */
export function scenariosWanted(value = process.env['SCENARIOS']): 'core' | 'all' {
  if (value === 'core' || value === 'all') return value;
  if (value) throw new Error(`SCENARIOS=${value}: there are core and all`);
  return 'all';
}

/** A test that boots machines, for what no other test covers. */
export function scenarioTest(name: string, run: (scenario: Scenario) => Promise<void>): void {
  test(name, async () => await runScenario(name, run));
}

/** A test that is not in the core: other tests cover its parts one by one, without a machine. */
export function moreScenarioTest(name: string, run: (scenario: Scenario) => Promise<void>): void {
  test.skipIf(scenariosWanted() === 'core')(name, async () => await runScenario(name, run));
}
