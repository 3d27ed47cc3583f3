import { expect, it } from 'vitest';
import { lockHolders } from '../../../src/blockdev/disk-lock.ts';

it('finds who has locked a file, by its device and inode', () => {
  const locks = `1: POSIX  ADVISORY  WRITE 11 00:06:123 0 EOF
2: FLOCK  ADVISORY  WRITE 22 00:06:123 0 EOF
2: -> FLOCK  ADVISORY  WRITE 99 00:06:123 0 EOF
3: FLOCK  ADVISORY  READ  33 00:06:124 0 EOF
4: FLOCK  ADVISORY  WRITE 0 00:06:123 0 EOF
5: FLOCK  ADVISORY  READ 55 103:1abcd:123 0 EOF
`;
  expect(lockHolders(locks, { dev: 6, ino: 123 })).toEqual([22]);
  // glibc's makedev(0x103, 0x1abcd).
  expect(lockHolders(locks, { dev: 0x1ab103cd % 2 ** 32, ino: 123 })).toEqual([55]);
});
