import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Test files in which all tests need a tool; where only some tests do, they have a `skipIf`. */
export const tools: Readonly<Record<string, readonly string[]>> = {
  'test/unit/system/run-command.test.ts': ['gpgv', 'modprobe', 'xz'],
  'test/unit/system/tools.test.ts': ['sgdisk'],
  'test/unit/disk/gpt/relocate-gpt.test.ts': ['sgdisk'],
  'test/unit/docs/serve.test.ts': ['curl', 'nginx', 'python3'],
  'test/unit/decode/decoders.test.ts': ['xz', 'zstd'],
  'test/unit/decode/format.test.ts': ['xz', 'zstd'],
  'test/unit/fetch/http/real-servers.test.ts': ['nginx', 'python3'],
  'test/unit/install/commit.test.ts': ['sgdisk', 'sfdisk', 'mkfs.ext4', 'mkfs.vfat', 'mmd'],
  'test/unit/download/save-file.test.ts': ['gpg', 'gpgv', 'xz', 'zstd'],
  'test/unit/docs/media.test.ts': ['xorriso', 'cpio', 'zstd', 'openssl'],
  'test/unit/media/customize.test.ts': ['xorriso', 'cpio', 'xz', 'zstd', 'openssl'],
  'test/unit/media/added-files.test.ts': ['xorriso'],
  'test/unit/media/minimal-iso.test.ts': ['xz'],
  'test/unit/media/dev-initrd.test.ts': ['cpio', 'zstd'],
  'test/unit/media/iso9660.test.ts': ['xz'],
  'test/unit/media/interrupted.test.ts': ['xz'],
  'test/unit/media/initrd.test.ts': ['cpio', 'gzip', 'xz', 'zstd'],
  'test/unit/media/fixtures.test.ts': ['xz'],
  'test/unit/media/iso-commands.test.ts': ['xorriso', 'cpio', 'xz'],
  'test/unit/media/media.test.ts': ['depmod', 'zstd'],
  'test/unit/plan/plan-image.test.ts': ['xz'],
  'test/unit/plan/verification-pairs.test.ts': ['gpg', 'gpgv'],
  'test/unit/verify/public-keys.test.ts': ['gpg'],
  'test/unit/verify/signatures.test.ts': ['gpg', 'gpgv'],
  'test/unit/decode/xz/*.test.ts': ['xz', 'zstd'],
  'test/provision/wanted/repack.test.ts': ['gpg', 'gpgv', 'xz', 'zstd'],
};

/** The test files that cannot run here; prints which and why. */
export function testsThatCannotRun(): string[] {
  return Object.entries(tools).flatMap(([files, commands]) => {
    const missing = missingOf(commands);
    if (missing.length === 0) return [];
    console.warn(`Skipping ${files}: ${missing.join(', ')} not installed`);
    return [files];
  });
}

/** For `skipIf`: whether one of these commands is not installed; prints which, as the reason. */
export function lacks(...commands: readonly string[]): boolean {
  const missing = missingOf(commands);
  return skipped(missing.length > 0, `${missing.join(', ')} not installed`);
}

/** For `skipIf`: whether the tests do not run as root; prints that as the reason. */
export function lacksRoot(): boolean {
  return skipped(process.geteuid?.() !== 0, 'not running as root');
}

/** For `skipIf`: whether this machine has another processor; prints that as the reason. */
export function lacksProcessor(arch: 'x64' | 'arm64'): boolean {
  return skipped(process.arch !== arch, `this machine is ${process.arch}, not ${arch}`);
}

/** For `skipIf`: whether the kernel cannot mount this type of file system; prints that as the reason. */
export function lacksFileSystem(type: string, module: string): boolean {
  const isThere = () => readFileSync('/proc/filesystems', 'utf8').includes(`\t${type}\n`);
  if (!isThere()) spawnSync('modprobe', ['--quiet', module]);
  return skipped(!isThere(), `the kernel has no ${type}`);
}

function missingOf(commands: readonly string[]): string[] {
  const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return commands.filter(
    (name) => !directories.some((directory) => existsSync(join(directory, name))),
  );
}

/** vitest prints it with the name of the test file. */
function skipped(yes: boolean, reason: string): boolean {
  if (yes) console.warn(`Some tests are skipped: ${reason}`);
  return yes;
}
