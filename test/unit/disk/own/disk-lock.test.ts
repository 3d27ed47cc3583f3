import { mkdtempSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Target } from '../../../../src/disk/look/target.ts';
import { lockDisk, lockHolders } from '../../../../src/disk/own/disk-lock.ts';
import { lockNow } from '../../../../src/native/system.ts';

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

it('says that it is locked also where /proc does not tell by whom', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'disk-lock-'));
  try {
    const path = join(directory, 'disk');
    await writeFile(path, '');
    await using holder = await open(path);
    lockNow(holder.fd);
    await using file = await open(path);
    const options = { patienceMs: 0, procRoot: directory };
    await expect(lockDisk({ path } as Target, file, options)).rejects.toThrow(
      `Cannot write to ${path}: it is locked by the kernel or another program. Wait until that is done, or choose`,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});
