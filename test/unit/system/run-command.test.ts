import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WriteError } from '../../../src/lib/errors.ts';
import { feed, filter, run } from '../../../src/system/run-command.ts';
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

describe('filter', () => {
  const never = new AbortController().signal;
  const unpack = ['--decompress', '--stdout'];
  async function* pieces(count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index += 1) yield Buffer.alloc(65_536, index);
  }
  async function read(output: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const all: Uint8Array[] = [];
    for await (const bytes of output) all.push(bytes);
    return Buffer.concat(all);
  }

  it('passes everything through the tool', async () => {
    const packed = filter('xz', ['-0', '--stdout'], pieces(40), never);
    const unpacked = await read(filter('xz', unpack, packed, never));
    expect(unpacked.equals(await read(pieces(40)))).toBe(true);
  });

  it('throws what the tool says, also when it did not read to the end', async () => {
    const output = filter('xz', unpack, pieces(1000), never);
    await expect(read(output)).rejects.toMatchObject({
      failure: { code: 'tool-failed', why: expect.stringContaining('File format not recognized') },
    });
  });

  it.each([
    ['an error of ours', new WriteError({ code: 'output-failed', failed: '', why: '', next: '' })],
    ['an error of the system', Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })],
  ])('throws what the input throws: %s', async (_, reason) => {
    async function* broken() {
      yield Buffer.alloc(100_000, 7);
      throw reason;
    }
    await expect(read(filter('xz', ['-0', '--stdout'], broken(), never))).rejects.toBe(reason);
  });

  it('ends the tool when its reader stops, and when it is aborted', async () => {
    let ended = 0;
    async function* endless() {
      try {
        for (;;) yield randomBytes(65_536);
      } finally {
        ended += 1;
      }
    }
    for await (const _ of filter('xz', ['-0', '--stdout'], endless(), never)) break;
    expect(ended).toBe(1);

    const stop = new AbortController();
    const reason = new Error('stopped by the user');
    const all = async () => {
      for await (const _ of filter('xz', ['-0', '--stdout'], endless(), stop.signal))
        stop.abort(reason);
    };
    await expect(all()).rejects.toBe(reason);
    expect(ended).toBe(2);
  });
});
