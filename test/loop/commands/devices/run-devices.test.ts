import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectFailure } from '../../../support/failure.ts';
import { runInstaller } from '../../../support/installer.ts';
import { loopDevice } from '../../../support/loop-device.ts';
import { makeTable } from '../../../support/partitions.ts';

const mib = 1024 * 1024;

/** What is told of one disk: its line, and the indented ones behind it. */
function paragraphOf(path: string, stdout: string): string[] {
  const lines = stdout.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${path}:`));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('  '));
  return lines.slice(start, end < 0 ? undefined : end);
}

test('a disk is told with its contents, its stable names, and what -d wants', async () => {
  await using disk = await loopDevice({ sizeBytes: 64 * mib });
  await makeTable(disk.path, 'start=2048, size=16M', 'size=8M, name="lo\x1bgs"');
  execFileSync('partx', ['--update', disk.path]);
  execFileSync('mkfs.ext4', ['-q', '-L', 'ho\x1bme', `${disk.path}p1`]);
  const name = `coreos-installer-test-${process.pid}`;
  const link = `/dev/disk/by-id/${name}`;
  mkdirSync('/dev/disk/by-id', { recursive: true });
  symlinkSync(disk.path, link);
  try {
    const { stdout, exitCode } = await runInstaller({ args: ['devices'] });
    expect(exitCode).toBe(0);
    expect(paragraphOf(disk.path, stdout)).toEqual([
      `${disk.path}: 64.0 MiB`,
      '  holds: GPT with 2 partitions: 1 ext4 "ho^[me" (16.0 MiB), 2 (8.0 MiB, label "lo\\u001bgs")',
      `  also:  disk/by-id/${name}`,
      '  data:  1 – to keep it: --save-partindex 1',
      `  can be a target: -d ${disk.path.slice('/dev/'.length)}`,
    ]);
  } finally {
    rmSync(link);
  }
});

test('a disk in use is told with the reason, also as JSON', async () => {
  await using disk = await loopDevice({ sizeBytes: 16 * mib });
  execFileSync('mkfs.ext4', ['-q', '-L', 'data', disk.path]);
  const mountPoint = `/var/tmp/coreos-installer-test-mount-${process.pid}`;
  mkdirSync(mountPoint);
  execFileSync('mount', [disk.path, mountPoint]);
  try {
    const { stdout } = await runInstaller({ args: ['devices'] });
    expect(paragraphOf(disk.path, stdout)).toContain(
      `  cannot be a target: ${disk.path} is mounted on ${mountPoint}`,
    );
    const json = await runInstaller({ args: ['devices', '--json'] });
    const { schemaVersion, devices } = JSON.parse(json.stdout);
    expect(schemaVersion).toBe(1);
    expect(devices).toContainEqual({
      path: disk.path,
      sizeBytes: 16 * mib,
      sectorSizeBytes: 512,
      removable: false,
      stableNames: [],
      contents: {
        fileSystem: { type: 'ext4', label: 'data', uuid: expect.any(String) },
        partitions: [],
      },
      possibleTarget: false,
      refusal: {
        code: 'target-mounted',
        why: `${disk.path} is mounted on ${mountPoint}`,
        next: `Run: umount ${mountPoint} – or choose another device.`,
      },
    });
  } finally {
    execFileSync('umount', [mountPoint]);
    rmdirSync(mountPoint);
  }
});

test('a rule is tried, and what is made by software does not match', async () => {
  await using disk = await loopDevice({ sizeBytes: 16 * mib });
  const run = await runInstaller({ args: ['devices', '--match', `size=${16 * mib}`] });
  expect(paragraphOf(disk.path, run.stdout).at(-1)).toBe(
    '  does not match: it is made by software: name it to install to it',
  );
  expectFailure(run, 'no-disk-matches');
  const json = await runInstaller({ args: ['devices', '--json', '--match', 'largest'] });
  const { devices } = JSON.parse(json.stdout) as { devices: { path: string; matches: boolean }[] };
  expect(devices.find(({ path }) => path === disk.path)).toMatchObject({ matches: false });
});

test('whoever is not root learns that not all can be seen', async () => {
  const { exitCode, stderr } = await runInstaller({
    args: ['devices'],
    wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
  });
  expect(exitCode).toBe(0);
  expect(stderr).toContain('Run this as root to see');
});
