import { test } from 'vitest';
import { runScenario, type Scenario } from './scenario.ts';

/** A test that boots machines. */
export function scenarioTest(name: string, run: (scenario: Scenario) => Promise<void>): void {
  test(name, async () => await runScenario(name, run));
}
