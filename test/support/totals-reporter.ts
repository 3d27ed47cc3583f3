import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the output with one plain line: how many tests passed, failed and were skipped. The same line
 * goes to the file that TOTALS_FILE names, where several runs are to be summed.
 */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'skipped' : state]++;
      }
    }
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
    const file = process.env['TOTALS_FILE'];
    if (file !== undefined) appendFileSync(file, `${line}\n`);
    // After the default reporter's own summary, which comes in this same turn.
    setImmediate(() => console.log(line));
  }
}
