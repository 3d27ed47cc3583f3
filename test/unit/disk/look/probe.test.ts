import { describe, expect, it } from 'vitest';
import { parseExport } from '../../../../src/disk/look/probe.ts';

describe('parseExport', () => {
  it('reads what blkid prints, with a shell’s escapes taken away', () => {
    const text = 'DEVNAME=/dev/sda1\nLABEL=a\\ b\\\\c\nUUID=12-34\nTYPE=vfat\n';
    expect(parseExport(text)).toEqual({
      partitionTable: undefined,
      fileSystem: { type: 'vfat', label: 'a b\\c', uuid: '12-34' },
    });
  });

  it('tells a partition table from a file system, and both from nothing', () => {
    const nothing = { partitionTable: undefined, fileSystem: undefined };
    expect(parseExport('PTTYPE=gpt\n')).toEqual({ ...nothing, partitionTable: 'gpt' });
    expect(parseExport('')).toEqual(nothing);
  });
});
