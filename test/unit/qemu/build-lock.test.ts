import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';
import { underBuildLock } from '../../qemu/support/build-lock.ts';

test('media are built under the lock that make takes', () => {
  const commands = execFileSync('make', ['--dry-run', 'pxe'], {
    cwd: root,
    env: { ...process.env, MAKEFLAGS: '' },
    encoding: 'utf8',
  });
  const [, lock = '', script = ''] = /flock (\S+) (media\/build-pxe\.sh)/.exec(commands) ?? [];
  expect(underBuildLock(script)).toEqual(['flock', [join(root, lock), join(root, script)]]);
});
