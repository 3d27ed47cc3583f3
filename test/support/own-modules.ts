import { afterAll, vi } from 'vitest';

/**
 * For a test file with `vi.mock`: test files share the modules that are loaded (see vitest.config.ts).
 * `vi.hoisted(() => vi.resetModules())` before `vi.mock` makes this file load its own, and this function,
 * with a `vi.doUnmock` for each mocked module, makes the next file load the real ones.
 */
export function afterMocks(unmock: () => void): void {
  afterAll(() => {
    unmock();
    vi.resetModules();
  });
}
