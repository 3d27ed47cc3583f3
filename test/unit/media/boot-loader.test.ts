import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lacks, lacksProcessor } from '../../support/needs.ts';
import { stubs } from './stub-build.ts';

/** As it is in the signed GRUB for CDs and sticks, of Debian and of Ubuntu. */
const embedded = `
if [ -z "$prefix" -o ! -e "$prefix" ]; then
  if ! search --file --set=root /.disk/info; then
    search --file --set=root /.disk/mini-info
  fi
  set prefix=($root)/boot/grub
fi
if [ -e $prefix/x86_64-efi/grub.cfg ]; then
  source $prefix/x86_64-efi/grub.cfg
elif [ -e $prefix/grub.cfg ]; then
  source $prefix/grub.cfg
else
  source $cmdpath/grub.cfg
fi
`;

/** Builds ISOs with boot loaders that are only names. */
function builder() {
  const made = stubs();
  made.write('bin/apt-cache', '#!/bin/sh\necho Version: 1\n');
  for (const name of ['shimx64', 'gcdx64', 'grubnetx64'])
    made.write(`work/signed/1_1_/${name}.efi`, name);
  const iso = (name: string, env: Readonly<Record<string, string>>): string => {
    const { status, stderr } = made.build('build-iso.sh', { SECURE_BOOT: 'yes', ...env });
    if (status !== 0) throw new Error(stderr);
    copyFileSync(made.place('output/installer.iso'), made.place(name));
    return made.place(name);
  };
  /** A file in the FAT image of the last one. */
  const inFat = (path: string) =>
    execFileSync('mtype', ['-i', made.place('work/iso/boot/efi.img'), `::${path}`]).toString();
  return { ...made, iso, inFat };
}

describe.skipIf(
  lacksProcessor('x64') ||
    lacks('mkfs.vfat', 'mmd', 'mcopy', 'mtype', 'xorriso') ||
    !existsSync('/usr/lib/ISOLINUX/isolinux.bin'),
)('the boot loader of an ISO', () => {
  test('looks for the medium of its own build', () => {
    using made = builder();
    const idOf = (iso: string) => {
      const find = ['-indev', iso, '-find', '/.disk/id', '-type', 'f'];
      const listed = execFileSync('xorriso', find, { stdio: 'pipe' }).toString();
      return /^'(\/\.disk\/id\/[0-9a-f]{32})'$/m.exec(listed)?.[1];
    };
    const ids = ['', 'test.other=1'].map((more) => {
      const id = idOf(made.iso('any.iso', { KARGS: more }));
      const lines = made.inFat('/boot/grub/x86_64-efi/grub.cfg').trim().split('\n');
      expect(lines[1]).toBe(`search --no-floppy --file --set=root --hint="$disk" ${id}`);
      expect(lines.at(-1)).toBe('source $prefix/grub.cfg');
      return id;
    });
    expect(new Set(ids).size).toBe(2);
    expect(made.inFat('/EFI/BOOT/grubx64.efi')).toBe('gcdx64');
  });

  test.skipIf(!existsSync('/usr/lib/grub/x86_64-efi/regexp.mod') || lacks('grub-mkimage'))(
    'without signature does so, too',
    () => {
      using made = builder();
      made.iso('any.iso', { SECURE_BOOT: 'no' });
      const image = made.inFat('/EFI/BOOT/BOOTX64.EFI');
      const found = image.match(/^search .*$/gm) ?? [];
      expect(found).toEqual([expect.stringContaining('--hint="$disk" /.disk/id/')]);
    },
  );

  test.skipIf(lacks('grub-emu'))('starts the medium from which it was loaded', () => {
    using made = builder();
    const media = [
      made.iso('another.iso', { KARGS: 'test.other=1' }),
      made.iso('installer.iso', {}),
      made.place('copy.iso'),
    ] as const;
    copyFileSync(media[1], media[2]);
    made.write('grub/embedded.cfg', embedded);
    const started = (from: string) => {
      const lines = [
        'set own=$prefix',
        ...media.map((path, index) => `loopback hd${index} (host)${path}`),
        `set root=${from}`,
        `set prefix=(${from})/boot/grub`,
        'source $own/embedded.cfg',
        'echo "<$root $prefix>"',
        'exit',
      ];
      writeFileSync(made.place('grub/grub.cfg'), `${lines.join('\n')}\n`);
      const output = execFileSync('grub-emu', ['-d', made.place('grub')], {
        encoding: 'utf8',
        env: { ...process.env, TERM: 'dumb' },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000,
      });
      return /<(.*)>/.exec(output)?.[1];
    };
    for (const index of media.keys())
      expect(started(`hd${index},msdos2`)).toBe(`hd${index} (hd${index})/boot/grub`);
    // From a CD that the firmware presents as a whole.
    expect(started('hd1')).toBe('hd1 (hd1)/boot/grub');
  });
});
