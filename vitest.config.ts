import { defineConfig } from 'vitest/config';

/**
 * `unit` needs nothing but Node and xz; `loop` needs root, loop devices and the packaged binary;
 * `binary` needs the packaged binary. Loop tests share the kernel's partition scanner and run
 * one file at a time.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/totals-reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'binary',
          include: ['test/binary/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'loop',
          include: ['test/loop/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
