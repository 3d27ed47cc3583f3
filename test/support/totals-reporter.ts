import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the output with one plain line: how many tests passed, failed and were skipped. The same line
 * goes to the file that TOTALS_FILE names, where several runs are to be summed; before it a line
 * `FAILED: <file> > <test>: <first line of its error>` for each test or file that failed.
 */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const lines: string[] = [];
    const addFailure = (name: string, errors: readonly { message: string }[]) =>
      lines.push(`FAILED: ${name}: ${errors[0]?.message.split('\n')[0] ?? 'no error'}`);
    for (const module of modules) {
      const path = module.relativeModuleId;
      const errors = module.errors();
      if (errors.length > 0) {
        // Its tests were not run, or not all: it counts as one that failed.
        count.failed++;
        addFailure(path, errors);
      }
      for (const test of module.children.allTests()) {
        const { state, errors: its = [] } = test.result();
        count[state === 'pending' ? 'skipped' : state]++;
        if (state === 'failed') addFailure(`${path} > ${test.fullName}`, its);
      }
    }
    const totals = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
    lines.push(totals);
    const file = process.env['TOTALS_FILE'];
    if (file !== undefined) appendFileSync(file, `${lines.join('\n')}\n`);
    // After the default reporter's own summary, which comes in this same turn.
    setImmediate(() => console.log(totals));
  }
}
