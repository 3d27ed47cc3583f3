import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findShim } from '../../../src/install/set-boot-order.ts';

test.each<[string[], string | undefined]>([
  [['BOOT/BOOTX64.EFI'], undefined],
  [['BOOT/shimx64.efi'], undefined],
  [['fedora/shimx64.efi', 'BOOT/BOOTX64.EFI', 'fedora/grubx64.efi'], '\\EFI\\fedora\\shimx64.efi'],
  [['FEDORA/SHIMX64.EFI'], '\\EFI\\FEDORA\\SHIMX64.EFI'],
  [['fedora/shimaa64.efi'], undefined],
  [['fedora/shimx64.efi', 'redhat/shimx64.efi'], undefined],
  [['fe dora/shimx64.efi'], undefined],
  [['shimx64.efi', 'fedora/x'], undefined],
])('the boot loader of the operating system among %j', async (files, wanted) => {
  const directory = await mkdtemp(join(tmpdir(), 'esp-'));
  try {
    for (const file of files) {
      await mkdir(dirname(join(directory, file)), { recursive: true });
      await writeFile(join(directory, file), '');
    }
    expect(await findShim(directory, 'shimx64.efi')).toBe(wanted);
  } finally {
    await rm(directory, { recursive: true });
  }
});
