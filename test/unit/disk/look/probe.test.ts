import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { parseSignatures, probe } from '../../../../src/disk/look/probe.ts';

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
