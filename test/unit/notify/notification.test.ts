import { expect, test } from 'vitest';
import type { AlreadyInstalled, Installed } from '../../../src/install/install.ts';
import { limitsOf } from '../../../src/notify/notification.ts';

const running = { aborted: false };

test('a server that is down does not keep a machine that is complete', () => {
  const installed = { found: {} } as AlreadyInstalled;
  expect(limitsOf({ result: 'installed', installed }, running).atMostMs).toBe(10_000);
  expect(limitsOf({ result: 'installed', installed }, { aborted: true }).atMostMs).toBe(5_000);
});

test('one that restarts is waited for after an installation, and after a failure', () => {
  const installed = { plan: {} } as Installed;
  for (const outcome of [{ result: 'installed', installed }, { result: 'failed' }])
    expect(limitsOf(outcome as never, running)).toEqual({ retryForMs: 30_000, atMostMs: 60_000 });
});
