import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { testsThatCannotRun } from './test/support/needs.ts';

const setupFiles = ['./test/support/shared-process.ts', './test/support/poisoned-memory.ts'];

/** For tests of modules. */
const ofModules = {
  setupFiles,
  exclude: [...configDefaults.exclude, ...testsThatCannotRun()],
  testTimeout: 60_000,
  // Some make keys and images before their tests.
  hookTimeout: 60_000,
  // Files share processes: a new one and its modules take 0.35 s of a processor.
  isolate: false,
  // The programs that tests run from source start in a third of the time.
  env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
  // As in the binary: see scripts/package.ts.
  execArgv: ['--disable-warning=DEP0123'],
  // Many wait for something: a server, a time limit.
  maxWorkers: 2 * availableParallelism(),
  sequence: { groupOrder: 0 },
};

/** What has another number of workers runs at another time. */
const others = { groupOrder: 1 };

/**
 * `unit` and `provision` need the addon for this machine alone (`make unit` builds it); a test that needs root or a
 * tool is skipped without, and says why: see test/support/needs.ts. `provision` runs the provisioning server, and
 * those that it is used with, as processes. `binary` needs the packaged
 * programs of both architectures, `page` needs Chromium alone, and `loop` these programs, root and loop devices. Loop tests share the
 * kernel's partition scanner and run one file at a time. `break` injects errors, in rounds from seeds:
 * a few here, thousands with `make faults`, `kills`, `power-loss`, `fuzz`, `soak`; it needs root, loop
 * devices, the packaged program and FUSE.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/totals-reporter.ts'],
    // Without it, one processor is left idle: of two, half of the machine.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          ...ofModules,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
        },
      },
      {
        test: {
          ...ofModules,
          name: 'provision',
          include: ['test/provision/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'binary',
          sequence: others,
          globalSetup: ['./test/support/own-mounts.ts'],
          include: ['test/binary/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'page',
          sequence: others,
          include: ['test/page/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'loop',
          setupFiles,
          globalSetup: ['./test/support/own-mounts.ts'],
          include: ['test/loop/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'break',
          globalSetup: ['./test/support/own-mounts.ts'],
          include: ['test/break/**/*.test.ts'],
          // `make kills N=1000` takes its time.
          testTimeout: 24 * 60 * 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
