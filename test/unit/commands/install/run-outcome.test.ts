import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { conclude, type Run, reportFailure } from '../../../../src/commands/install/run-outcome.ts';
import { DiskStatus } from '../../../../src/install/disk-state.ts';
import { notifyServer } from '../../../support/notify-server.ts';

test.each([
  ['a header file', (path: string) => ({ headerFile: path }), '7'],
  [
    'a header file that cannot be used',
    (path: string) => ({ headerFile: `${path}-none` }),
    undefined,
  ],
])('servers are told of an early failure, with %s', async (_, given, rack) => {
  await using server = await notifyServer();
  const directory = mkdtempSync(join(tmpdir(), 'run-outcome-'));
  try {
    const path = join(directory, 'headers');
    writeFileSync(path, 'X-Rack: 7\n', { mode: 0o600 });
    const options = {
      ...({ progress: 'none', prompt: false, notifyUrl: server.url } as const),
      ...given(path),
    };
    const run: Run = {
      options,
      startedAt: new Date(),
      display: { show: () => undefined, [Symbol.dispose]: () => undefined },
      signal: new AbortController().signal,
      status: new DiskStatus(),
      sources: { options, files: { directory }, kernel: [] },
    };
    const cause = new Error('early');
    const failure = reportFailure(cause, run);
    await conclude(run, { result: 'failed', failure }, { event: 'failed', failure, cause });
    expect(server.notices).toMatchObject([{ body: { result: 'failed' } }]);
    expect(server.notices[0]?.headers['x-rack']).toBe(rack);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
