import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { fixture } from '../../support/fixture.ts';
import { unexpectedDifferences } from '../../support/installed-disk.ts';
import { installerCommand, runInstaller } from '../../support/installer.ts';
import { oldBytes } from '../../support/old-bytes.ts';

/** Runs in a mount namespace in which this was done before. */
const after = (script: string) => ['sh', '-euc', `${script}\nexec "$@"`, 'sh'];

// The checkout may lie below what is covered: the program is looked at from /mnt, and works in /.
const [binary = ''] = installerCommand([]);
const bindProgram = `mount --bind '${dirname(binary)}' /mnt; cd /`;

test.each([
  ['a read-only /run', 'mount -t tmpfs -o ro tmpfs /run', []],
  [
    'a read-only /tmp',
    'mount -o remount,bind,ro /tmp',
    ['Note: Cannot write to /tmp (EROFS): the next run needs the options again.'],
  ],
  [
    'a full /tmp',
    'mount -t tmpfs -o size=4k tmpfs /tmp; head -c 4096 /dev/zero > /tmp/full',
    ['Note: Cannot write to /tmp (ENOSPC): the next run needs the options again.'],
  ],
  ['a full /run', 'mount -t tmpfs -o size=4k tmpfs /run; head -c 4096 /dev/zero > /run/full', []],
])('%s is no hindrance', async (_, script, notes) => {
  await using it = await fixture();
  const result = await runInstaller({
    program: ['/mnt/coreos-installer', ...it.args],
    wrapper: after(`${bindProgram}\n${script}`),
  });
  expect(result.exitCode).toBe(0);
  expect(result.stderr.split('\n').filter((line) => line.startsWith('Note:'))).toEqual(notes);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
});

test('where nothing can be written at all, that is told before the disk is touched', async () => {
  await using it = await fixture();
  const readOnly = ['/run', '/tmp', '/dev/shm', '/var/tmp'];
  const mounts = readOnly.map((path) => `mount -t tmpfs -o ro tmpfs ${path}`);
  const script = [bindProgram, ...mounts].join('\n');
  const result = await runInstaller({
    program: ['/mnt/coreos-installer', ...it.args],
    wrapper: after(script),
  });
  expect(result.stderr).toContain(
    'Cannot create a private directory: none of these can be created: /run/coreos-installer (EROFS)',
  );
  expectFailure(result, 'no-private-directory');
  expect(result.diskState).toBe('Nothing was written to any disk.');
  const disk = await readFile(it.disk.path);
  expect(disk.equals(oldBytes(0, disk.length))).toBe(true);
});
