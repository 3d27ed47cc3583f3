import { describe, expect, it } from 'vitest';
import { CommandError, findTool, requireTools, run } from '../../../src/blockdev/command.ts';
import { WriteError } from '../../../src/errors.ts';

describe('run', () => {
  it('returns what the tool printed', async () => {
    const { stdout, exitCode } = await run('addpart', ['--version']);
    expect(stdout).toContain('util-linux');
    expect(exitCode).toBe(0);
  });

  it('fails with the words of the tool', async () => {
    await expect(run('blockdev', ['--getsize64', '/dev/none'])).rejects.toThrow(
      /^blockdev: .*cannot open \/dev\/none: No such file or directory$/,
    );
    await expect(run('blockdev', ['--nothing'])).rejects.toThrow(CommandError);
  });

  it('takes an exit code that is an answer', async () => {
    const { exitCode } = await run('blkid', ['--probe', '/dev/zero'], { allowExitCodes: [2, 8] });
    expect([2, 8]).toContain(exitCode);
  });

  it('passes no shell syntax on, and nothing of our environment', async () => {
    process.env['BLKID_DEBUG'] = 'all';
    try {
      await expect(run('blockdev', ['$(id); true'])).rejects.toThrow('$(id); true');
      const { stderr } = await run('blkid', ['--version']);
      expect(stderr).not.toContain('libblkid: debug mask');
    } finally {
      delete process.env['BLKID_DEBUG'];
    }
  });

  it('does not start once aborted, and then throws the reason', async () => {
    const reason = new Error('stopped by the user');
    const run1 = run('addpart', ['--version'], { signal: AbortSignal.abort(reason) });
    await expect(run1).rejects.toBe(reason);
  });
});

describe('requireTools', () => {
  it('is content with what is there', () => {
    expect(() => requireTools(['mount', 'addpart'])).not.toThrow();
    expect(findTool('mount')).toMatch(/^\/(usr\/)?s?bin\/mount$/);
  });

  it('names each missing tool and its package', () => {
    const missing = () => requireTools(['sgdisk', 'addpart', 'mount'], ['/nowhere']);
    expect(missing).toThrow(WriteError);
    expect(missing).toThrow(
      'Cannot run sgdisk, addpart, mount: not found in /nowhere. Install the package gdisk, util-linux.',
    );
  });
});
