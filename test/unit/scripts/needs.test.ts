import { globSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';
import { lacks, testsThatCannotRun, tools } from '../../support/needs.ts';

test('each entry of the list is for files that exist', () => {
  const missing = Object.keys(tools).filter((files) => globSync(files, { cwd: root }).length === 0);
  expect(missing).toEqual([]);
});

test('what lacks a tool is left out, with the reason', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.stubEnv('PATH', '/nowhere');
  try {
    expect(testsThatCannotRun()).toContain('test/unit/decode/xz/*.test.ts');
    expect(warn).toHaveBeenCalledWith(
      'Skipping test/unit/decode/xz/*.test.ts: xz, zstd not installed',
    );
    expect(lacks('no-such-tool', 'sh')).toBe(true);
    expect(warn).toHaveBeenLastCalledWith('Some tests are skipped: no-such-tool, sh not installed');
  } finally {
    vi.unstubAllEnvs();
    warn.mockRestore();
  }
  expect(lacks('sh')).toBe(false);
});
