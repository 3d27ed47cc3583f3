import { expect, test } from 'vitest';
import { arm64Command, canRunArm64 } from '../../support/arm64.ts';
import { fixture, ignitionConfig } from '../../support/fixture.ts';
import { bootFileSystem, unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';

test.runIf(canRunArm64)('the arm64 program installs, too', async () => {
  await using it = await fixture();
  const result = await runInstaller({ program: arm64Command(it.args) });
  expect(result.complaints).toBe('');
  expect(result.exitCode).toBe(0);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  const boot = await bootFileSystem(it.disk.path);
  expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
});
