import { defineConfig } from 'vitest/config';

/** Fleets in network namespaces: `make test-fakes`. Needs root and the packaged coreos-provision. */
export default defineConfig({
  test: {
    name: 'fleet',
    reporters: ['default', './test/support/totals-reporter.ts'],
    include: ['test/fleet/**/*.test.ts'],
    testTimeout: 1_800_000,
    // What is measured is measured alone.
    fileParallelism: false,
  },
});
