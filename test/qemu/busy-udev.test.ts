import { copyFileSync, truncateSync } from 'node:fs';
import { expect } from 'vitest';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import {
  answerMs,
  expectEverythingApplied,
  limits,
  openShell,
  shellOffered,
} from './support/chain.ts';
import { everything, fetched } from './support/configs.ts';
import { diskBytes } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { tftpDirectory } from './support/pxe.ts';
import { waitForReport } from './support/report.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

/** A rule that keeps every disk and partition open for a while, as scanners do. */
const slowRule = `SUBSYSTEM=="block", KERNEL=="vd*", ACTION!="remove", \
PROGRAM="/usr/bin/bash -c 'exec 3< $devnode; sleep 0.5; echo busy >> /run/busy-udev'"\n`;

const trigger = 'udevadm trigger --action=change --subsystem-match=block --settle';

/**
 * Events for all disks and partitions, repeated as soon as the previous ones have been handled. The
 * installer starts when every partition has had one; how many more follow while it uses the disk depends
 * on the machine's speed.
 */
const busyUnit = `[Unit]
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target coreos-installer.service
[Service]
TimeoutStartSec=infinity
ExecStartPre=/usr/bin/bash -c 'until [[ $$(grep -c busy /run/busy-udev) -ge 4 ]]; do ${trigger}; done'
ExecStart=/usr/bin/bash -c 'while :; do ${trigger}; done'
`;

const moreFiles = {
  'etc/udev/rules.d/01-slow.rules': slowRule,
  'etc/systemd/system/busy-udev.service': busyUnit,
  'etc/systemd/system/coreos-installer.target.d/busy-udev.conf':
    '[Unit]\nWants=busy-udev.service\n',
};

moreScenarioTest(
  'udev busy with every partition of an old installation all the time: the new one is correct',
  async (scenario) => {
    await using server = await serve({ config: everything, files: { 'fetched.txt': fetched } });
    const disk = scenario.file('disk.raw');
    // The partitions of the old one are there when the machine starts.
    copyFileSync((await buildMiniCoreos()).raw, disk);
    truncateSync(disk, diskBytes);
    const network = { serverPort: server.port };
    const words = [...automatic(), 'coreos.inst.skip_reboot'];
    const directory = await tftpDirectory(scenario, words, { moreFiles });
    {
      await using machine = bootMachine({
        disks: [{ file: disk }],
        biosOnConsole: true,
        network: { ...network, pxe: { directory, bootFile: 'boot.ipxe', first: true } },
      });
      const { console } = machine;
      const [said] = await console.waitFor(/Not rebooting|Press Enter/, limits.installMs);
      expect(said).toBe('Not rebooting');
      await console.waitFor(shellOffered, answerMs);
      await openShell(machine);
      console.type('echo "handled: $(grep -c busy /run/busy-udev)"\n');
      const [, handled] = await console.waitFor(/^handled: (\d+)$/, answerMs);
      expect(Number(handled)).toBeGreaterThanOrEqual(4);
    }
    await using machine = bootMachine({ disks: [{ file: disk }], network });
    await expectEverythingApplied(await waitForReport(machine, limits.bootMs), disk);
  },
);
