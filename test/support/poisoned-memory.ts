import { afterEach } from 'vitest';
import { takeFault } from './poisoned-pools.ts';

// Runs before each test file: see vitest.config.ts.
afterEach(() => {
  const fault = takeFault();
  if (fault !== undefined) throw new Error(fault);
});
