import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { fixture } from '../../support/fixture.ts';
import { sizeOf } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';

const digestOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('--dry-run', () => {
  test('tells all of the plan, and leaves the disk and /tmp as they were', async () => {
    await using it = await fixture();
    execFileSync('mkfs.ext4', ['-q', '-F', '-L', 'old', it.disk.path]);
    const before = await digestOf(it.disk.backingFile);
    const { exitCode, stdout, tmpFiles } = await runInstaller({
      args: [...it.args, '--dry-run', '-p', 'metal'],
      cmdline: 'ip=dhcp',
    });
    expect(exitCode).toBe(0);
    const plan = stdout.split('\n').slice(stdout.split('\n').findIndex((l) => /^Target: /.test(l)));
    expect(plan).toEqual([
      `Target:           ${it.disk.path}, 48.0 MiB`,
      'Current contents: ext4 "old"',
      '                  All data on it will be lost.',
      `Image:            ${it.imageUrl}`,
      expect.stringMatching(/^ {18}xz, .* compressed, .* on disk, GPT with 4 part.*, 512-byte/),
      'Verification:     not verified (only the file’s own checksums)',
      `Config:           ${it.ignitionUrl}`,
      '                  Ignition 3.0.0, 54 bytes',
      'Platform:         metal',
      'First boot:       rd.neednet=1 ip=dhcp',
      'Nothing was written: this was a dry run.',
    ]);
    expect(await digestOf(it.disk.backingFile)).toBe(before);
    expect(tmpFiles).toEqual({});
  });

  test('ends as the real run would', async () => {
    await using it = await fixture({ diskSizeBytes: 1024 * 1024 });
    const run = async (...more: string[]) => await runInstaller({ args: [...it.args, ...more] });
    const dry = await run('--dry-run');
    const real = await run();
    expectFailure(dry, 'target-too-small');
    expect(dry.stderr).toBe(real.stderr);
  });
});

describe('--dry-run --json', () => {
  test('prints one object with the plan and where each parameter came from', async () => {
    await using it = await fixture();
    const { exitCode, stdout, stderr } = await runInstaller({
      args: ['-d', it.disk.path, '-b', it.imageUrl, '--dry-run', '--json'],
      tmpFiles: { ignition_url: it.ignitionUrl },
      cmdline: 'coreos.inst.platform_id=metal ip=dhcp',
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      wouldInstall: true,
      parameters: {
        device: { value: it.disk.path, from: { kind: 'option', name: '-d' } },
        ignitionUrl: { value: it.ignitionUrl, from: { kind: 'file', name: '/tmp/ignition_url' } },
        platformId: { value: 'metal', from: { kind: 'kernel' } },
        networkArguments: { value: ['rd.neednet=1', 'ip=dhcp'] },
      },
      target: {
        path: it.disk.path,
        sizeBytes: await sizeOf(it.disk.path),
        willBeLost: { partitions: [] },
      },
      image: {
        source: it.imageUrl,
        format: 'xz',
        partitions: [{ number: 1, name: 'boot' }, { number: 2 }, { number: 3 }, { number: 4 }],
        expected: [],
      },
      config: { source: it.ignitionUrl, version: '3.0.0' },
      firstBoot: { networkArguments: ['rd.neednet=1', 'ip=dhcp'], platform: 'metal' },
      warnings: expect.any(Array),
    });
  });

  test('prints one object for a failure too', async () => {
    const { exitCode, stdout, stderr } = await runInstaller({ args: ['--dry-run', '--json'] });
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      wouldInstall: false,
      failure: {
        code: 'parameter-missing',
        exitCode: 2,
        reason: expect.stringMatching(/^Cannot install: /),
      },
    });
    expect(stderr).toContain('Try: coreos-installer -d DEVICE');
  });

  test('--json alone is refused', async () => {
    const result = await runInstaller({ args: ['--json'] });
    expectFailure(result, 'invalid-command-line');
    expect(result.stderr).toContain('--json needs --dry-run');
  });
});
