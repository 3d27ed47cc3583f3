import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import { diskFromImage, FileSystem } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { waitForReport } from './support/report.ts';
import { scenarioTest } from './support/scenario.ts';

scenarioTest('mini-coreos, prepared by hand, applies its Ignition config', async (scenario) => {
  const { raw } = await buildMiniCoreos();
  const disk = diskFromImage(raw, scenario.file('disk.raw'));
  const config = scenario.file('config.ign');
  writeFileSync(
    config,
    JSON.stringify({
      ignition: { version: '3.0.0' },
      passwd: { users: [{ name: 'core', sshAuthorizedKeys: ['ssh-rsa AAAAB3 test'] }] },
      storage: {
        files: [{ path: '/etc/hostname', mode: 420, contents: { source: 'data:,by-hand' } }],
      },
    }),
  );
  await new FileSystem(disk, 'boot').write('/ignition/config.ign', config);

  await using machine = bootMachine({ disks: [{ file: disk }] });
  const report = await waitForReport(machine, 240_000);

  expect(report.ignitionRan).toBe(true);
  expect(report.hostname).toBe('by-hand');
  expect(report.failedUnits).toEqual([]);
  const root = new FileSystem(disk, 'root');
  expect(await root.read('/etc/passwd')).toContain('core:');
  expect(await new FileSystem(disk, 'boot').stat('/ignition.firstboot')).toBeUndefined();
});
