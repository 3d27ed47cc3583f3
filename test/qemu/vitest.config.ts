import { defineConfig } from 'vitest/config';

/** The block for these tests in the project's vitest.config.ts. */
export default defineConfig({
  test: {
    name: 'qemu',
    reporters: ['default', './test/support/totals-reporter.ts'],
    include: ['test/qemu/**/*.test.ts'],
    globalSetup: 'test/qemu/support/global-setup.ts',
    testTimeout: 2_400_000,
    hookTimeout: 900_000,
    // Much of a boot keeps only one of the machine's two processors busy.
    maxWorkers: 2,
  },
});
