import { expect } from 'vitest';
import { expectEverythingApplied, installAndBoot } from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { scenarioTest } from './support/scenario.ts';
import { automatic, serve } from './support/server.ts';

for (const firmware of ['bios', 'uefi'] as const) {
  scenarioTest(
    `ISO under ${firmware}: installs by itself, and Ignition applies the config`,
    async (scenario) => {
      await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
      const disk = emptyDisk(scenario.file('disk.raw'), 256);
      const iso = await isoWithArguments(scenario, automatic());

      await using machine = bootMachine({
        disks: [{ file: disk }],
        iso,
        firmware,
        network: { serverPort: server.port },
      });
      const report = await installAndBoot(machine);

      await expectEverythingApplied(report, disk);
      expect(server.requests.map(({ path }) => path)).toContain('/container/fetched.txt');
    },
  );
}
