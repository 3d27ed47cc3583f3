import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSignatures, probe, probeFileSystem } from '../../../../src/disk/look/probe.ts';
import { toolDirectories } from '../../../../src/system/tools.ts';

describe('parseSignatures', () => {
  it('reads what blkid prints, with a shell’s escapes taken away', () => {
    const text = 'DEVNAME=/dev/sda1\nLABEL=a\\ b\\\\c\nUUID=12-34\nTYPE=vfat\n';
    expect(parseSignatures(text)).toEqual({
      partitionTable: undefined,
      fileSystem: { type: 'vfat', label: 'a b\\c', uuid: '12-34' },
    });
  });

  it('tells a partition table from a file system, and both from nothing', () => {
    const nothing = { partitionTable: undefined, fileSystem: undefined };
    expect(parseSignatures('PTTYPE=gpt\n')).toEqual({ ...nothing, partitionTable: 'gpt' });
    expect(parseSignatures('')).toEqual(nothing);
  });
});

describe('probe', () => {
  it('runs a few programs at once, however many partitions a table has', async () => {
    let running = 0;
    let most = 0;
    let all = 0;
    const count = (message: unknown) => {
      const { process } = message as { process: ChildProcess };
      most = Math.max(most, ++running);
      all++;
      process.once('exit', () => running--);
    };
    subscribe('child_process', count);
    const ranges = Array.from({ length: 40 }, (_, at) => ({
      ...{ offsetBytes: at * 512, sizeBytes: 512 },
    }));
    try {
      await Promise.all(ranges.map((range) => probe(process.execPath, range)));
    } finally {
      unsubscribe('child_process', count);
    }
    expect(all).toBe(40);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });
});

describe('a blkid that ends with', () => {
  const nothing = { partitionTable: undefined, fileSystem: undefined };
  const range = { offsetBytes: 0, sizeBytes: 512 };

  /** What is found where blkid only ends with this exit code. */
  async function found(exitCode: number) {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'blkid-'));
    const script = `#!/bin/sh\nexit ${exitCode}\n`;
    await writeFile(join(directory.path, 'blkid'), script, { mode: 0o755 });
    const directories = toolDirectories as string[];
    directories.unshift(directory.path);
    try {
      const fileSystem = await probeFileSystem('/x', range).catch((error: Error) => error.message);
      return { signatures: await probe('/x'), fileSystem };
    } finally {
      directories.shift();
    }
  }

  it.each([
    [2, 'nothing there'],
    [8, 'signatures that contradict each other'],
  ])('%i has found nothing: %s', async (exitCode) => {
    expect(await found(exitCode)).toEqual({ signatures: nothing, fileSystem: undefined });
  });

  it('another exit code has failed, which matters only for a file system that must be there', async () => {
    const { signatures, fileSystem } = await found(3);
    expect(signatures).toEqual(nothing);
    expect(fileSystem).toContain('Cannot continue without blkid');
  });
});
