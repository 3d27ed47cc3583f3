import { mkdtempSync, rmdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WriteError } from '../../../src/lib/errors.ts';
import { feed, findTool, requireTools, run } from '../../../src/system/run-command.ts';
import { failure } from '../../support/failure.ts';

describe('run', () => {
  it('returns what the tool printed', async () => {
    const { stdout, exitCode } = await run('blkid', ['--version']);
    expect(stdout).toContain('util-linux');
    expect(exitCode).toBe(0);
  });

  it('fails with the words of the tool', async () => {
    await expect(run('modprobe', ['no_such_module'])).rejects.toThrow(
      /^Cannot continue without modprobe: it failed: .*FATAL: Module no_such_module not found/,
    );
    await expect(run('blkid', ['--nothing'])).rejects.toThrow(failure('tool-failed'));
  });

  it('takes an exit code that is an answer', async () => {
    const { exitCode } = await run('blkid', ['--probe', '/dev/zero'], { allowExitCodes: [2, 8] });
    expect([2, 8]).toContain(exitCode);
  });

  it('passes no shell syntax on, and nothing of our environment', async () => {
    process.env['BLKID_DEBUG'] = 'all';
    try {
      await expect(run('modprobe', ['$(id); true'])).rejects.toThrow('$(id); true');
      const { stderr } = await run('blkid', ['--version']);
      expect(stderr).not.toContain('libblkid: debug mask');
    } finally {
      delete process.env['BLKID_DEBUG'];
    }
  });

  it('needs no working directory of its own, as that may have vanished', async () => {
    const before = process.cwd();
    const vanished = mkdtempSync('/tmp/coreos-installer-test-');
    process.chdir(vanished);
    rmdirSync(vanished);
    try {
      const { stdout } = await run('blkid', ['--version']);
      expect(stdout).toContain('util-linux');
      await using fed = feed('gpgv', ['--version'], new AbortController().signal);
      expect((await fed.end()).stdout).toContain('GnuPG');
    } finally {
      process.chdir(before);
    }
  });

  it('does not start once aborted, and then throws the reason', async () => {
    const reason = new Error('stopped by the user');
    const run1 = run('blkid', ['--version'], { signal: AbortSignal.abort(reason) });
    await expect(run1).rejects.toBe(reason);
  });
});

describe('requireTools', () => {
  it('is content with what is there', () => {
    expect(() => requireTools(['sgdisk', 'blkid'])).not.toThrow();
    expect(findTool('blkid')).toMatch(/^\/(usr\/)?s?bin\/blkid$/);
  });

  it('names each missing tool and its package', () => {
    const missing = () => requireTools(['sgdisk', 'blkid'], ['/nowhere']);
    expect(missing).toThrow(WriteError);
    expect(missing).toThrow(
      'Cannot run sgdisk, blkid: not found in /nowhere. Install the package gdisk, util-linux.',
    );
  });
});
