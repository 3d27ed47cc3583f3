import { describe, expect, it } from 'vitest';
import { WriteError } from '../../../src/lib/errors.ts';
import { findTool, requireTools } from '../../../src/system/tools.ts';

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
