import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { expectEverythingApplied, installAndBoot, limits } from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk, FileSystem } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { type Report, waitForReport } from './support/report.ts';
import { scenarioTest } from './support/scenario.ts';
import { automatic, serve } from './support/server.ts';

const changed = {
  ignition: { version: '3.0.0' },
  storage: {
    files: [
      {
        path: '/etc/hostname',
        overwrite: true,
        mode: 0o644,
        contents: { source: 'data:,changed' },
      },
    ],
  },
};

scenarioTest('Ignition runs on the first boot only, and again when told to', async (scenario) => {
  await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
  const network = { serverPort: server.port };
  const disk = emptyDisk(scenario.file('disk.raw'), 256);
  const iso = await isoWithArguments(scenario, automatic());
  const again = async (): Promise<Report> => {
    await using machine = bootMachine({ disks: [{ file: disk }], network });
    return await waitForReport(machine, limits.bootMs);
  };
  {
    await using machine = bootMachine({ disks: [{ file: disk }], iso, network });
    await expectEverythingApplied(await installAndBoot(machine), disk);
  }

  const second = await again();
  expect(second.ignitionRan).toBe(false);
  expect(second.cmdline).not.toContain('ignition.firstboot');
  expect(second.hostname).toBe('installed');

  const config = scenario.file('changed.ign');
  writeFileSync(config, JSON.stringify(changed));
  const stamp = scenario.file('stamp');
  writeFileSync(stamp, '');
  const boot = new FileSystem(disk, 'boot');
  await boot.write('/ignition/config.ign', config);
  await boot.write('/ignition.firstboot', stamp);

  const third = await again();
  expect(third.ignitionRan).toBe(true);
  expect(third.hostname).toBe('changed');
});
