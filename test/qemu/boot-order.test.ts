import { expect } from 'vitest';
import { ownLabel, parseEfibootmgr } from '../../src/system/efibootmgr.ts';
import {
  answerMs,
  expectEverythingApplied,
  limits,
  openShell,
  shellOffered,
} from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { emptyDisk } from './support/disk.ts';
import { bootMachine, type MachineOptions } from './support/machine.ts';
import { shimDirectory } from './support/pxe.ts';
import { waitForReport } from './support/report.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

moreScenarioTest(
  'UEFI with the network first: after boot_order=disk-first the machine boots the disk',
  async (scenario) => {
    await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
    const disk = emptyDisk(scenario.file('disk.raw'));
    const directory = shimDirectory(scenario, [
      ...automatic(),
      'coreos.inst.boot_order=disk-first',
      'coreos.inst.skip_reboot',
    ]);
    const pxe = { directory, bootFile: 'shimx64.efi', first: true };
    const options: MachineOptions = {
      disks: [{ file: disk }],
      firmware: 'uefi',
      memoryMib: 768,
      network: { serverPort: server.port, pxe },
    };
    {
      await using machine = bootMachine({ ...options, endOnReboot: true });
      const { console } = machine;
      await console.waitFor(shellOffered, limits.installMs);
      expect(console.text).toMatch(/^Boot order: +the disk before everything else$/m);
      await openShell(machine);
      const asked = console.text.length;
      console.type('efibootmgr --verbose; echo "@end"\n');
      await console.waitFor(/^@end$/m, answerMs);
      const text = console.text.slice(asked);
      const { entries, order } = parseEfibootmgr(text);
      const labels = order.map((number) => entries.find((one) => one.number === number)?.label);
      // The network was first, and is next.
      expect(labels.slice(0, 2), text).toEqual([ownLabel, expect.stringMatching(/PXEv4/)]);
      console.type('systemctl reboot\n');
      await machine.exited;
    }
    await using machine = bootMachine({ ...options, storedBootOrder: true });
    const report = await waitForReport(machine, limits.bootMs);
    expect(machine.console.text).not.toContain('Writing the image');
    await expectEverythingApplied(report, disk);
  },
);
