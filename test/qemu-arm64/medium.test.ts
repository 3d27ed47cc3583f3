import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { limits, shellOffered, waitForInstallation } from '../qemu/support/chain.ts';
import { everything } from '../qemu/support/configs.ts';
import { emptyDisk, FileSystem } from '../qemu/support/disk.ts';
import { expectExact } from '../qemu/support/exactness.ts';
import { bootMachine } from '../qemu/support/machine.ts';
import { dist } from '../qemu/support/medium.ts';
import { scenarioTest } from '../qemu/support/scenario-test.ts';
import { compress, makeDiskImage } from '../support/disk-image.ts';
import { startServer } from '../support/fault-server.ts';

const iso = join(dist, 'installer-arm64.iso');
const program = join(
  dist,
  process.arch === 'arm64' ? 'coreos-installer-arm64' : 'coreos-installer',
);

scenarioTest('the medium for arm64 starts, and says what is missing', async (scenario) => {
  const disk = emptyDisk(scenario.file('disk.raw'), 64);
  await using machine = bootMachine({
    architecture: 'arm64',
    ...{ disks: [{ file: disk }], iso, network: 'no-card', memoryMib: 512 },
  });
  await machine.console.waitFor(/Cannot install/, limits.installMs);
  await machine.console.waitFor(shellOffered, limits.installMs);
});

scenarioTest(
  'customized ISO for arm64 with Secure Boot: writes the image, the config and the stamp',
  async (scenario) => {
    const image = await makeDiskImage({ layout: '2019' });
    const files = { '/arm64.raw.xz': readFileSync(await compress(image, 'xz')) };
    await using server = await startServer({ files });
    const config = scenario.file('config.ign');
    writeFileSync(config, JSON.stringify(everything));
    const settings = scenario.file('site.yaml');
    const imageUrl = 'http://192.0.2.100:8080/arm64.raw.xz';
    writeFileSync(settings, `image-url: ${imageUrl}\ninsecure: true\n`);
    const customized = scenario.file('customized.iso');
    copyFileSync(iso, customized);
    const args = ['--dest-device', '/dev/vda', '--dest-ignition', config];
    args.push('--installer-config', settings, customized);
    await execa(program, ['iso', 'customize', ...args]);

    const disk = emptyDisk(scenario.file('disk.raw'), 64);
    await using machine = bootMachine({
      ...{ architecture: 'arm64', firmware: 'secure-boot' },
      ...{ disks: [{ file: disk }], iso: customized, endOnReboot: true },
      network: { serverPort: server.port },
    });
    await waitForInstallation(machine);
    await machine.exited;

    expectExact(disk, image);
    const boot = new FileSystem(disk, 'boot');
    expect(await boot.read('/ignition/config.ign')).toBe(JSON.stringify(everything));
    expect(await boot.stat('/ignition.firstboot')).toBeDefined();
  },
);
