import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import {
  expectEverythingApplied,
  installAndBoot,
  limits,
  waitForInstallation,
} from './support/chain.ts';
import { changed, everything, fetched } from './support/configs.ts';
import { emptyDisk, FileSystem } from './support/disk.ts';
import { keyfile } from './support/keyfile.ts';
import { bootMachine, type MachineOptions } from './support/machine.ts';
import { dist, installerIso } from './support/medium.ts';
import { waitForReport } from './support/report.ts';
import type { Scenario } from './support/scenario.ts';
import { moreScenarioTest, scenarioTest } from './support/scenario-test.ts';
import { imageUrl, serve } from './support/server.ts';

const program = join(dist, 'coreos-installer');

/** Writes a file of the scenario, and returns its path. */
function write(scenario: Scenario, name: string, text: string): string {
  writeFileSync(scenario.file(name), text);
  return scenario.file(name);
}

const look = `#!/bin/bash
echo "before: $(ls /dev/vda) $(ip -4 -brief address show scope global)"
`;

/** The medium, customized in place; nobody types anything at its boot. */
async function customizedIso(scenario: Scenario): Promise<string> {
  const file = (name: string, text: string) => write(scenario, name, text);
  const iso = scenario.file('customized.iso');
  copyFileSync(installerIso, iso);
  const args = ['--dest-device', '/dev/vda', '--live-karg-append', 'coreos.inst.verify=1'];
  args.push('--dest-ignition', file('dest.ign', JSON.stringify(everything)));
  args.push('--installer-config', file('site.yaml', `image-url: ${imageUrl}\ninsecure: true\n`));
  args.push('--pre-install', file('look', look));
  args.push('--network-keyfile', file('office.nmconnection', keyfile));
  args.push('--post-install', file('mark', '#!/bin/bash\necho "after: $(blkid -L boot)"\n'));
  await execa(program, ['iso', 'customize', ...args, iso]);
  return iso;
}

/** It installs by itself, with programs before and after. */
async function expectInstallation(scenario: Scenario, firmware: 'bios' | 'uefi'): Promise<void> {
  await using server = await serve({ files: { 'fetched.txt': fetched } });
  const disk = emptyDisk(scenario.file('disk.raw'));
  await using machine = bootMachine({
    disks: [{ file: disk }],
    iso: await customizedIso(scenario),
    firmware,
    network: { serverPort: server.port },
  });
  await machine.console.waitFor(
    /^before: \/dev\/vda en[ops][a-z0-9]+ +UP +192\.0\.2\.200\/24\s*$/,
    limits.installMs,
  );
  await machine.console.waitFor(/after: \/dev\/vda/, limits.installMs);
  await expectEverythingApplied(await installAndBoot(machine), disk);
  const boot = new FileSystem(disk, 'boot');
  expect(await boot.read('/ignition/config.ign')).toBe(JSON.stringify(everything));
  expect(await boot.read('/coreos-firstboot-network/office.nmconnection')).toBe(keyfile);
}

scenarioTest(
  'customized ISO under BIOS: installs by itself, with a keyfile, and programs before and after',
  async (scenario) => expectInstallation(scenario, 'bios'),
);

moreScenarioTest(
  'customized ISO under UEFI: installs by itself, with a keyfile, and programs before and after',
  async (scenario) => expectInstallation(scenario, 'uefi'),
);

moreScenarioTest(
  'a stick with the image on it, Secure Boot, no network card: installs, and the disk starts',
  async (scenario) => {
    const { rawXz } = await buildMiniCoreos();
    const iso = scenario.file('stick.iso');
    await execa(program, [
      ...['iso', 'customize', installerIso, '--output', iso, '--image', rawXz],
      ...['--dest-device', '/dev/vda'],
      ...['--dest-ignition', write(scenario, 'dest.ign', JSON.stringify(changed))],
      ...['--installer-config', write(scenario, 'site.yaml', 'insecure: true\n')],
    ]);
    const disk = emptyDisk(scenario.file('disk.raw'));
    const always: MachineOptions = { disks: [{ file: disk }], firmware: 'secure-boot' };
    {
      const medium = { iso, stick: true, network: 'no-card' } as const;
      await using machine = bootMachine({ ...always, ...medium, endOnReboot: true });
      await waitForInstallation(machine);
      await machine.exited;
      expect(machine.console.text).toMatch(/^Image: +medium:\/images\/mini-coreos/m);
    }
    // Its first boot waits for DHCP.
    await using machine = bootMachine(always);
    const report = await waitForReport(machine, limits.bootMs);
    expect(report.ignitionRan).toBe(true);
    expect(report.hostname).toBe('changed');
    expect(report.failedUnits).toEqual([]);
  },
);
