import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';

/** What the least of systems has: Debian's essential packages, apt, and what a clone needs. */
const everywhere = new Set(
  `apt-cache apt-get bash blkid blockdev cat chmod cp dd dpkg dpkg-deb env false find flock git grep
  install ldd ls lsblk make mkfifo mknod mkswap mv nice nohup nsenter partx rm sed setpriv setsid sh sha512sum sync
  tail tar timeout touch true truncate which wipefs`.split(/\s+/),
);
/** Of the same packages as commands that are listed. */
const besides: Readonly<Record<string, readonly string[]>> = {
  losetup: ['mount', 'umount', 'swapon', 'swapoff'],
  'mkfs.ext4': ['mkfs.ext2', 'e2fsck', 'debugfs', 'chattr'],
  mmd: ['mcopy', 'mdir', 'mtype'],
  depmod: ['modprobe'],
  gpg: ['gpgconf'],
  rpmbuild: ['rpm'],
  'systemd-escape': ['systemd-analyze'],
};
/** Used where it is. */
const optional = new Set(['podman']);
/** Functions of scripts that the tests of the dracut modules call. */
const functions = new Set(['keep_reason', 'to_every_console', 'to_open_shells']);

const calls =
  /\b(?:execa|execFile|execFileSync|spawn|spawnSync|call|run|tool)\(\s*'([a-z/][\w./-]+)'/g;
// systemd-udev is a package of Fedora, systemd-networkd a module of dracut.
const wrapped =
  /'(ip|tc|systemd-(?!udev'|networkd')[a-z]+|ssh-keygen|openssl|socat|nginx|python3)'/g;

test('every command that a test or a script names is installed by the list of packages', () => {
  const listed = readFileSync(join(root, 'scripts/system-packages.txt'), 'utf8')
    .split('\n')
    .filter((line) => /^(build|test|packages|sources|fleet) /.test(line))
    .map((line) => line.split(/\s+/)[1] ?? '');
  const known = new Set([...everywhere, ...functions, ...optional, ...listed]);
  for (const name of listed) for (const other of besides[name] ?? []) known.add(other);
  const unknown = new Map<string, string>();
  for (const directory of [
    'bench',
    'scripts',
    'test/unit',
    'test/page',
    'test/binary',
    'test/loop',
    'test/break',
    'test/support',
  ])
    for (const file of readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })) {
      if (
        !file.endsWith('.ts') ||
        file === import.meta.filename.slice(join(root, directory).length + 1)
      )
        continue;
      const text = readFileSync(join(root, directory, file), 'utf8');
      for (const [, name = ''] of [...text.matchAll(calls), ...text.matchAll(wrapped)])
        if (!known.has(name) && !known.has(basename(name)))
          unknown.set(name, `${directory}/${file}`);
    }
  expect(Object.fromEntries(unknown)).toEqual({});
});
