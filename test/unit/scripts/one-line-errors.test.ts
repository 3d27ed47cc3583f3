import { execa } from 'execa';
import { expect, test } from 'vitest';
import { reasonOf } from '../../../scripts/lib/one-line-errors.ts';
import { requireOwnMounts } from '../../support/own-mounts.ts';

const failing = async (script: string) =>
  reasonOf(await execa('sh', ['-c', script, 'sh', 'a\nb']).catch((error: unknown) => error));

test('of a command that failed: which, how, and its last words, in one line', async () => {
  const reason = await failing('echo first >&2; echo "no loop device" >&2; exit 3');
  expect(reason).toMatch(/^Command failed with exit code 3: sh .*: no loop device$/);
  expect(await failing('exit 1')).toMatch(/^Command failed with exit code 1: [^\n]*$/);
});

test('of anything else: its message', () => {
  expect(reasonOf(new Error('no room'))).toBe('no room');
  expect(reasonOf('thrown')).toBe('thrown');
});

const mount = (at: string) => `24 1 8:1 / ${at} rw,relatime shared:1 - ext4 /dev/x rw\n`;

test('a chroot, whose / is no mount point, is told before anything fails in it', () => {
  requireOwnMounts(mount('/') + mount('/proc'));
  requireOwnMounts();
  const inChroot = mount('/proc') + mount('/dev');
  expect(() => requireOwnMounts(inChroot)).toThrow(/^\/ is not a mount point, as in a chroot/);
});
