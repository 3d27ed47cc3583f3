import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { expectEverythingApplied, installAndBoot, limits } from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk, FileSystem } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { dist, installerIso } from './support/medium.ts';
import type { Scenario } from './support/scenario.ts';
import { moreScenarioTest, scenarioTest } from './support/scenario-test.ts';
import { imageUrl, serve } from './support/server.ts';

const program = join(dist, 'coreos-installer');

/** The medium, customized in place; nobody types anything at its boot. */
async function customizedIso(scenario: Scenario): Promise<string> {
  const file = (name: string, text: string) => {
    writeFileSync(scenario.file(name), text);
    return scenario.file(name);
  };
  const iso = scenario.file('customized.iso');
  copyFileSync(installerIso, iso);
  const args = ['--dest-device', '/dev/vda', '--live-karg-append', 'coreos.inst.verify=1'];
  args.push('--dest-ignition', file('dest.ign', JSON.stringify(everything)));
  args.push('--installer-config', file('site.yaml', `image-url: ${imageUrl}\ninsecure: true\n`));
  args.push('--pre-install', file('look', '#!/bin/bash\necho "before: $(ls /dev/vda)"\n'));
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
  await machine.console.waitFor(/before: \/dev\/vda/, limits.installMs);
  await machine.console.waitFor(/after: \/dev\/vda/, limits.installMs);
  await expectEverythingApplied(await installAndBoot(machine), disk);
  const boot = new FileSystem(disk, 'boot');
  expect(await boot.read('/ignition/config.ign')).toBe(JSON.stringify(everything));
}

scenarioTest(
  'customized ISO under BIOS: installs by itself, with programs before and after',
  async (scenario) => expectInstallation(scenario, 'bios'),
);

moreScenarioTest(
  'customized ISO under UEFI: installs by itself, with programs before and after',
  async (scenario) => expectInstallation(scenario, 'uefi'),
);
