import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { reservePort } from '../support/ports.ts';
import {
  answerMs,
  limits,
  offeredWhileWaiting,
  openShell,
  prompt,
  shellOffered,
  waitForInstallation,
} from './support/chain.ts';
import { emptyDisk, readPartitions } from './support/disk.ts';
import { Guest } from './support/guest.ts';
import {
  expectHttpd,
  expectKubernetesNode,
  expectSimple,
  httpdWithShell,
  kubernetesFiles,
  kubernetesNode,
  simple,
} from './support/guide.ts';
import { bootMachine, type Machine } from './support/machine.ts';
import { installerIso, isoWithArguments } from './support/medium.ts';
import { waitForReport } from './support/report.ts';
import { moreScenarioTest, scenarioTest } from './support/scenario-test.ts';
import { automatic, base, imageUrl, serve } from './support/server.ts';

moreScenarioTest(
  'a 404 leads to the shell; once corrected, it installs, also as a service (the guide’s httpd config)',
  async (scenario) => {
    await using server = await serve({ config: httpdWithShell });
    const webPort = await reservePort();
    const disk = emptyDisk(scenario.file('disk.raw'));
    const wrongUrl = `${base}/mistyped.raw.xz`;
    const iso = await isoWithArguments(scenario, [
      ...automatic(),
      `coreos.inst.image_url=${wrongUrl}`,
    ]);
    await using machine = bootMachine({
      disks: [{ file: disk }],
      iso,
      network: { serverPort: server.port, webPort },
    });
    const { console } = machine;

    await console.waitFor(shellOffered, limits.installMs);
    expect(console.text).toMatch(
      /404.*\nNothing was written to \/dev\/vda\. \[image-not-found\]\nTry: coreos-installer .*\n\nPress Enter/,
    );
    expect(console.text).not.toContain('Network:');
    expect(readPartitions(disk).size).toBe(0);

    await openShell(machine);
    console.type('journalctl --no-pager -u coreos-installer\n');
    await console.waitFor(/^\S+ \d+ [\d:]+ .*Cannot fetch .*mistyped.*404/, answerMs);
    console.type(`echo ${imageUrl} > /tmp/image_url\n`);
    await runInstaller(machine, 'coreos-installer');
    expect(readPartitions(disk).size).toBe(4);

    console.type('systemctl start coreos-installer\n');
    await console.waitFor(/already holds an installation with this Ignition config/, answerMs);
    await waitForInstallation(machine);
    await expectHttpd(await Guest.started(machine), webPort);
  },
);

scenarioTest(
  'a misspelled parameter: the reason and a shell on both consoles; installation by hand (the guide’s simple config)',
  async (scenario) => {
    await using server = await serve({ files: { 'simple.json': JSON.stringify(simple) } });
    const disk = emptyDisk(scenario.file('disk.raw'));
    const iso = await isoWithArguments(scenario, [
      'net.ifnames=0',
      `coreos.inst.ignition-url=${base}/simple.json`,
    ]);
    await using machine = bootMachine({
      disks: [{ file: disk }],
      iso,
      network: { serverPort: server.port, isolatedCardFirst: true },
    });
    const { console } = machine;

    await console.waitFor(shellOffered, limits.installMs);
    expect(console.text).toContain(
      'coreos.inst.ignition-url is not known (similar: coreos.inst.ignition_url)',
    );
    await openShell(machine);
    await expectShellOnScreen(machine);
    console.type('ip addr add 192.0.2.200/24 dev eth1\n');
    await console.waitFor(prompt, answerMs);
    await runInstaller(
      machine,
      `/usr/libexec/coreos-installer -d vda -i ${base}/simple.json -b ${imageUrl} --copy-network`,
    );
    const report = await restart(machine);

    expectSimple(report);
    expect(report.addresses).toMatch(/ eth1 +inet 192\.0\.2\.200\/24 /);
  },
);

moreScenarioTest(
  'a late server, skip_reboot, 4096-byte sectors on virtio-scsi under UEFI (the guide’s Kubernetes node)',
  async (scenario) => {
    const port = await reservePort();
    const disk = emptyDisk(scenario.file('disk.raw'));
    const iso = await isoWithArguments(scenario, [
      ...automatic('sda'),
      'coreos.inst.skip_reboot',
      'coreos.inst.platform_id=qemu',
    ]);
    await using machine = bootMachine({
      disks: [{ file: disk, bus: 'scsi', sectorSize: 4096 }],
      iso,
      // A BIOS cannot boot from such a disk.
      firmware: 'uefi',
      network: { serverPort: port },
    });
    const { console } = machine;
    const [offered] = await console.waitFor(offeredWhileWaiting, limits.installMs);
    expect(offered).not.toContain('Network:');
    await using _server = await serve(
      { config: kubernetesNode, files: kubernetesFiles, image: 'raw4kZst' },
      { port },
    );
    await console.waitFor(
      /^Not rebooting, because of coreos\.inst\.skip_reboot\./,
      limits.installMs,
    );
    await console.waitFor(shellOffered, answerMs);
    expect(readPartitions(disk, 4096).size).toBe(4);

    await openShell(machine);
    await changeConfig(machine);
    const report = await restart(machine);

    expect(report.hostname).toBe('changed');
    expectKubernetesNode(report);
    expect(report.cmdline).toContain('ignition.platform.id=qemu');
    expect(report.cmdline).not.toContain('ignition.platform.id=metal');
  },
);

/** The other console, a screen and a keyboard: read by the shell on the serial line. */
async function expectShellOnScreen(machine: Machine): Promise<void> {
  const { console } = machine;
  const screenShows = async (text: string) => {
    console.type(`until grep -aq '${text}' /dev/vcs1; do sleep 1; done; echo "screen: $?"\n`);
    await console.waitFor(/^screen: 0$/, answerMs);
  };
  using monitor = await machine.monitor();
  const press = async (...names: string[]) => {
    for (const data of names) await monitor.run('send-key', { keys: [{ type: 'qcode', data }] });
  };
  await screenShows('Try: coreos-installer -d DEVICE');
  await screenShows('Press Enter for an emergency shell');
  await press('ret');
  await screenShows('installer:~#');
  await press('p', 'w', 'd', 'ret');
  await screenShows('/root');
}

async function runInstaller({ console }: Machine, command: string): Promise<void> {
  console.type(`${command}; echo "exit code: $?"\n`);
  await console.waitFor(/^exit code: 0$/, limits.installMs);
}

/** By the commands of docs/rerun-ignition.md for the medium's shell. */
async function changeConfig({ console }: Machine): Promise<void> {
  const hostname = JSON.stringify({ path: '/etc/hostname', contents: { source: 'data:,changed' } });
  console.type('mount /dev/disk/by-label/boot /mnt && ');
  console.type(`sed 's|"files":\\[|&${hostname},|' /mnt/ignition/config.ign > new.ign && `);
  console.type('umount /mnt && coreos-installer ignition validate new.ign\n');
  const page = readFileSync(join(import.meta.dirname, '../../docs/rerun-ignition.md'), 'utf8');
  const [, commands = ''] = /```sh\n(mount \/dev\/disk[^`]*)```/.exec(page) ?? [];
  console.type(`${commands.trim().replaceAll('\n', ' && ')} && echo "made ready: $?"\n`);
  await console.waitFor(/^made ready: 0$/, answerMs);
}

async function restart(machine: Machine) {
  machine.console.type('systemctl reboot\n');
  return await waitForReport(machine, limits.bootMs);
}

scenarioTest(
  'the boot menu’s Shell: a shell at once, with network and disks, and nothing is installed by itself',
  async (scenario) => {
    const disk = emptyDisk(scenario.file('disk.raw'), 64);
    await using server = await serve({ config: simple });
    await using machine = bootMachine({
      disks: [{ file: disk }],
      iso: installerIso,
      network: { serverPort: server.port },
    });
    const { console } = machine;
    await console.waitFor(/Tab: add kernel arguments/, limits.installMs);
    console.type('\x1b[B');
    await console.typeSlowly('\r', answerMs);
    await console.waitFor(prompt, limits.installMs);
    expect(console.text).not.toContain('Press Enter');
    console.type('systemctl is-active coreos-installer; networkctl --no-pager | cat\n');
    await console.waitFor(/^inactive|^activating|^active/, answerMs);
    console.type('udevadm settle; coreos-installer devices | cat\n');
    await console.waitFor(/\/dev\/vda.*64.*MiB/, answerMs);
    expect(server.requests).toEqual([]);
    console.type('systemctl start coreos-installer\n');
    await console.waitFor(/the target device and the image are missing/, limits.installMs);
  },
);
