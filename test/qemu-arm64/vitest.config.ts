import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'qemu-arm64',
    reporters: ['default', './test/support/totals-reporter.ts'],
    include: ['test/qemu-arm64/**/*.test.ts'],
    testTimeout: 2_400_000,
    // An emulated machine keeps two processors busy.
    fileParallelism: false,
  },
});
