import { describe, expect, it } from 'vitest';
import { parseExport } from '../../../src/blockdev/probe.ts';

describe('parseExport', () => {
  it('reads what blkid prints, with a shell’s escapes taken away', () => {
    expect(parseExport('DEVNAME=/dev/sda1\nLABEL=a\\ b\\\\c\nUUID=12-34\nTYPE=vfat\n')).toEqual({
      type: 'vfat',
      label: 'a b\\c',
      uuid: '12-34',
    });
  });

  it('finds nothing in a partition table or in silence', () => {
    expect(parseExport('PTTYPE=gpt\n')).toBeUndefined();
    expect(parseExport('')).toBeUndefined();
  });
});
