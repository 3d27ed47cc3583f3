import { statSync } from 'node:fs';
import { execa } from 'execa';
import { expect } from 'vitest';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import { limits, waitForInstallation } from './support/chain.ts';
import { everything } from './support/configs.ts';
import { emptyDisk, readPartitions } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { data, olderSystem } from './support/older-system.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';
import { until } from './support/until.ts';

const imagePartitions = ['boot', 'EFI-SYSTEM', 'BIOS-BOOT', 'root'];

const drip = { pieceBytes: 512 * 1024, everyMs: 60 };

moreScenarioTest('a power cut while it writes leaves nothing that boots', async (scenario) => {
  let slow = true;
  await using server = await serve(
    { config: everything },
    // Slow enough for three cuts at three places.
    { fault: (_, { url }) => (slow && url?.endsWith('.xz') ? { drip } : {}) },
  );
  const network = { serverPort: server.port };
  const disk = emptyDisk(scenario.file('disk.raw'));
  const iso = await isoWithArguments(scenario, automatic());
  const imageBytes = statSync((await buildMiniCoreos()).rawXz).size;
  const imageRequests = () => server.requests.filter(({ path }) => path.endsWith('.xz'));

  for (const percent of [5, 50, 95]) {
    await using machine = bootMachine({ disks: [{ file: disk }], iso, network });
    const before = imageRequests().length;
    const cutAtBytes = (percent / 100) * imageBytes;
    await until(() => {
      const sent = imageRequests()
        .slice(before)
        .map(({ sentBytes }) => sentBytes);
      return Math.max(0, ...sent) >= cutAtBytes;
    }, limits.installMs);
    await machine.kill();
    expect(readPartitions(disk).size, `after the cut at ${percent} %`).toBe(0);
  }
  {
    await using machine = bootMachine({ disks: [{ file: disk }], biosOnConsole: true });
    await machine.console.waitFor(/No bootable device/, 600_000);
  }
  slow = false;
  await using machine = bootMachine({ disks: [{ file: disk }], iso, network });
  await waitForInstallation(machine);
  expect(readPartitions(disk).size).toBe(4);
});

moreScenarioTest(
  'a power cut while it writes next to a kept partition: only that is left, and the next run completes',
  async (scenario) => {
    let slow = true;
    await using server = await serve(
      { config: everything },
      { fault: (_, { url }) => (slow && url?.endsWith('.xz') ? { drip } : {}) },
    );
    const network = { serverPort: server.port };
    const older = await olderSystem(scenario);
    const before = older.digest();
    const disks = [{ file: older.disk }];
    const words = [...automatic(), `coreos.inst.save_partlabel=${data.label}`];
    const iso = await isoWithArguments(scenario, words);
    const imageBytes = statSync((await buildMiniCoreos()).rawXz).size;
    {
      await using machine = bootMachine({ disks, iso, isoFirst: true, network });
      const sentBytes = () => Math.max(0, ...server.requests.map((request) => request.sentBytes));
      await until(() => sentBytes() >= imageBytes / 2, limits.installMs);
      await machine.kill();
    }
    expect([...readPartitions(older.disk).keys()]).toEqual([data.label]);
    expect(older.digest()).toBe(before);
    const { all } = await execa('sfdisk', ['--verify', older.disk], { all: true });
    expect(all).toContain('No errors detected');
    {
      await using machine = bootMachine({ disks, biosOnConsole: true });
      await machine.console.waitFor(/No bootable device/, 600_000);
      // It was asked, and did not keep the machine.
      expect(machine.console.text).toContain('Booting from Hard Disk');
    }
    slow = false;
    {
      // The medium comes after the disk, which has nothing to boot.
      await using machine = bootMachine({ disks, iso, network, endOnReboot: true });
      await waitForInstallation(machine);
      await machine.exited;
    }
    expect(older.digest()).toBe(before);
    expect([...readPartitions(older.disk).keys()]).toEqual([...imagePartitions, data.label]);
  },
);
