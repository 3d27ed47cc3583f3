import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { reservePort } from '../support/ports.ts';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import { bootWithTyped } from './support/boot-menu.ts';
import {
  answerMs,
  expectEverythingApplied,
  limits,
  offeredWhileWaiting,
  openShell,
  waitForInstallation,
} from './support/chain.ts';
import { changed, everything, fetched } from './support/configs.ts';
import { diskBytes, emptyDisk, FileSystem, readBytes } from './support/disk.ts';
import { expectExact } from './support/exactness.ts';
import { bootMachine } from './support/machine.ts';
import { installerIso, isoWithArguments, isoWithChangedKernel } from './support/medium.ts';
import { type Report, waitForReport } from './support/report.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

const served = { config: everything, files: { 'fetched.txt': fetched } };

// CI runs all of these with a medium that was built on Debian 13: see scripts/lib/test-parts.ts.
moreScenarioTest(
  'ISO under BIOS: exact disk, Ignition once, and again on demand',
  async (scenario) => {
    await using server = await serve(served);
    const network = { serverPort: server.port };
    const disk = emptyDisk(scenario.file('disk.raw'));
    {
      await using machine = bootMachine({
        disks: [{ file: disk }],
        iso: installerIso,
        network,
        endOnReboot: true,
      });
      await bootWithTyped(machine, 'bios', automatic());
      await waitForInstallation(machine);
      await machine.exited;
    }
    expectExact(disk, (await buildMiniCoreos()).raw);
    const backup = readBytes(disk, diskBytes - 512, 8).toString('latin1');
    expect(backup).toBe('EFI PART');
    const boot = new FileSystem(disk, 'boot');
    expect(await boot.read('/ignition/config.ign')).toBe(JSON.stringify(everything));

    const start = async (): Promise<Report> => {
      await using machine = bootMachine({ disks: [{ file: disk }], network });
      return await waitForReport(machine, limits.bootMs);
    };
    await expectEverythingApplied(await start(), disk);
    expect(server.requests.map(({ path }) => path)).toContain('/container/fetched.txt');

    const second = await start();
    expect(second.ignitionRan).toBe(false);
    expect(second.cmdline).not.toContain('ignition.firstboot');
    expect(second.hostname).toBe('installed');

    writeFileSync(scenario.file('changed.ign'), JSON.stringify(changed));
    writeFileSync(scenario.file('stamp'), '');
    await boot.write('/ignition/config.ign', scenario.file('changed.ign'));
    await boot.write('/ignition.firstboot', scenario.file('stamp'));
    const third = await start();
    expect(third.ignitionRan).toBe(true);
    expect(third.hostname).toBe('changed');
  },
);

moreScenarioTest(
  'ISO with Secure Boot, a late server, a shell meanwhile: installs, and reboots when the shell ends',
  async (scenario) => {
    const port = await reservePort();
    const disk = emptyDisk(scenario.file('disk.raw'));
    const disks = [{ file: disk }];
    const network = { serverPort: port };
    await using machine = bootMachine({
      ...{ disks, network, iso: installerIso },
      ...{ firmware: 'secure-boot', endOnReboot: true },
    });
    await bootWithTyped(machine, 'uefi', automatic());
    const { console } = machine;
    await console.waitFor(offeredWhileWaiting, limits.installMs);
    await openShell(machine);
    console.type('coreos-installer\n');
    await console.waitFor(
      /^Cannot install to \/dev\/vda: .* Run: systemctl stop coreos-installer /,
      answerMs,
    );
    console.type('systemctl show --property=StatusText coreos-installer\n');
    await console.waitFor(/^StatusText=Waiting for http:/, answerMs);
    await using _server = await serve(served, { port });
    const opened = console.text.length;
    await console.waitFor(/^Installed\. The machine reboots in a minute/, limits.installMs);
    expect(console.text.slice(opened)).not.toMatch(/Waiting for|Writing/);
    console.type('exit\n');
    // The console offers a shell again meanwhile.
    await console.waitFor(/^Rebooting into the new system/, limits.installMs);
    await machine.exited;
    // That the disk starts with Secure Boot is not seen here.
    await using installed = bootMachine({ disks, network, firmware: 'uefi' });
    const report = await waitForReport(installed, limits.bootMs);
    await expectEverythingApplied(report, disk);
  },
);

moreScenarioTest(
  'a stick with Secure Boot next to other media: its own menu, not that of another one',
  async (scenario) => {
    const tree = scenario.file('foreign');
    for (const name of ['.disk', 'boot/grub']) mkdirSync(join(tree, name), { recursive: true });
    writeFileSync(join(tree, '.disk/info'), 'Another installer\n');
    writeFileSync(
      join(tree, 'boot/grub/grub.cfg'),
      'set timeout=-1\nmenuentry "Another installer" { true }\n',
    );
    const foreign = scenario.file('foreign.iso');
    await execa('xorriso', ['-as', 'mkisofs', '-r', '-V', 'FOREIGN', '-o', foreign, tree]);
    // A copy of the stick that would begin to install at once.
    const copy = await isoWithArguments(scenario, automatic());
    await using machine = bootMachine({
      disks: [{ file: foreign }, { file: copy, bus: 'scsi' }],
      ...{ iso: installerIso, stick: true, isoFirst: true, firmware: 'secure-boot' },
    });
    await machine.console.waitFor(
      /e: add kernel arguments|Another installer|Linux version/,
      limits.bootMs,
    );
    expect(machine.console.text).toContain('e: add kernel arguments');
    expect(machine.console.text).not.toContain('Another installer');
    // The menu counts down, which that of the copy does not.
    await machine.console.waitFor(/executed automatically in/, limits.bootMs);
  },
);

moreScenarioTest(
  'with Secure Boot a kernel that differs by one byte does not start',
  async (scenario) => {
    const iso = await isoWithChangedKernel(scenario, installerIso);
    const disk = emptyDisk(scenario.file('disk.raw'), 64);
    await using machine = bootMachine({ disks: [{ file: disk }], iso, firmware: 'secure-boot' });
    await machine.console.waitFor(/bad shim signature/, limits.bootMs);
    expect(machine.console.text).not.toContain('Press Enter');
  },
);
