import { open } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { lockNow } from '../../../src/native/system.ts';
import { expectFailure } from '../../support/failure.ts';
import { fixture } from '../../support/fixture.ts';
import { sizeOf } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { notifyServer } from '../../support/notify-server.ts';
import { oldBytes } from '../../support/old-bytes.ts';

// What takes half a minute or a whole one, because the program gives others as much: side by side.
describe.concurrent('an installation waits for so long, and no longer, for', () => {
  test('a disk that another program has locked', async () => {
    await using it = await fixture();
    await using udev = await open(it.disk.path);
    lockNow(udev.fd);
    const result = await runInstaller({ args: it.args });
    expectFailure(result, 'target-locked');
    expect(result.stderr).toContain(`${it.disk.path}: it is locked by `);
    expect(result.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
    const sizeBytes = await sizeOf(it.disk.path);
    const { buffer } = await udev.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
    expect(buffer.equals(oldBytes(0, sizeBytes))).toBe(true);
  });

  test.each([
    ['refuses', 404, 'not found'],
    ['is out of order', 500, '500'],
    ['hangs', 'nothing', 'no answer'],
  ] as const)(
    'a server that is to be notified and %s, which changes nothing but for a warning',
    async (_, status, words) => {
      await using it = await fixture();
      await using server = await notifyServer(() => status);
      const startMs = performance.now();
      const args = [...it.args, '--notify-url', `${server.url}/done`];
      const { exitCode, stderr, stdout } = await runInstaller({ args });
      expect(performance.now() - startMs).toBeLessThan(100_000);
      expect(exitCode).toBe(0);
      expect(stderr).toContain(`Warning: Could not notify ${server.url}/done of the result: `);
      expect(stderr.toLowerCase()).toContain(words);
      expect(stdout).toMatch(/Next: reboot\..*$/);
    },
  );
});
