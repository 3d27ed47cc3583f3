import { defineConfig } from 'vitest/config';

/** The block that the project's own vitest.config.ts holds for these tests. */
export default defineConfig({
  test: {
    name: 'qemu',
    include: ['test/qemu/**/*.test.ts'],
    globalSetup: 'test/qemu/support/global-setup.ts',
    testTimeout: 600_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
