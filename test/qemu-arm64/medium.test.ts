import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import { limits, shellOffered, waitForInstallation } from '../qemu/support/chain.ts';
import { everything } from '../qemu/support/configs.ts';
import { emptyDisk, FileSystem } from '../qemu/support/disk.ts';
import { expectExact } from '../qemu/support/exactness.ts';
import { bootMachine, type MachineOptions } from '../qemu/support/machine.ts';
import { dist, isoWithChangedKernel } from '../qemu/support/medium.ts';
import { httpBootOptions, shimDirectory } from '../qemu/support/pxe.ts';
import { rackAddress, reachFromRack, setUpRack, startForeignDhcp } from '../qemu/support/rack.ts';
import type { Scenario } from '../qemu/support/scenario.ts';
import { moreScenarioTest, scenarioTest } from '../qemu/support/scenario-test.ts';
import { startServer } from '../support/fault-server.ts';
import { buildSmallSystem } from './small-system.ts';

const iso = join(dist, 'installer-arm64.iso');
const program = join(
  dist,
  process.arch === 'arm64' ? 'coreos-installer-arm64' : 'coreos-installer',
);

/** What the small system can do: no users, and nothing from the network. */
const wanted = {
  ignition: everything.ignition,
  storage: { files: everything.storage.files.filter(({ path }) => path === '/etc/hostname') },
  systemd: everything.systemd,
};

// The make target says why.
describe.skipIf(process.env['ARM64_MEDIA'] === 'unable')('media for arm64', () => {
  scenarioTest('the medium for arm64 starts, and says what is missing', async (scenario) => {
    const disk = emptyDisk(scenario.file('disk.raw'), 64);
    await using machine = bootMachine({
      architecture: 'arm64',
      ...{ disks: [{ file: disk }], iso, network: 'no-card', memoryMib: 512 },
    });
    await machine.console.waitFor(/Cannot install/, limits.installMs);
    await machine.console.waitFor(shellOffered, limits.installMs);
  });

  moreScenarioTest(
    'customized ISO for arm64 with Secure Boot: from the medium to the configured system',
    async (scenario) => {
      const { server, image } = await serveSmallSystem(scenario);
      await using _server = server;
      const disk = emptyDisk(scenario.file('disk.raw'), 256);
      const machine: MachineOptions = {
        ...({ architecture: 'arm64', firmware: 'secure-boot' } as const),
        disks: [{ file: disk }],
        network: { serverPort: server.port },
      };
      {
        const medium = await customizedIso(scenario);
        await using installing = bootMachine({ ...machine, iso: medium, endOnReboot: true });
        await waitForInstallation(installing);
        await installing.exited;
      }
      expectExact(disk, image.raw);
      const boot = new FileSystem(disk, 'boot');
      expect(await boot.read('/ignition/config.ign')).toBe(JSON.stringify(wanted));
      expect(await boot.stat('/ignition.firstboot')).toBeDefined();

      const start = async (): Promise<string> => {
        await using installed = bootMachine(machine);
        await installed.console.waitFor(/^The unit is .*/, limits.bootMs);
        await installed.exited;
        return installed.console.text;
      };
      const first = await start();
      expect(first).toContain('Ignition ran.');
      for (const configured of configuredLines) expect(first).toContain(configured);
      expect(await boot.stat('/ignition.firstboot')).toBeUndefined();

      const second = await start();
      expect(second).not.toContain('Ignition ran.');
      for (const configured of configuredLines) expect(second).toContain(configured);
    },
  );

  moreScenarioTest('UEFI PXE for arm64 with Secure Boot, by shim and GRUB', async (scenario) => {
    const { server, image } = await serveSmallSystem(scenario);
    await using _server = server;
    const words = [
      ...['coreos.inst=yes', 'coreos.inst.install_dev=vda'],
      `coreos.inst.image_url=http://192.0.2.100:8080${imagePath}`,
      `coreos.inst.ignition_url=http://192.0.2.100:8080${configPath}`,
    ];
    const directory = shimDirectory(scenario, words, join(dist, 'pxe-arm64'));
    const disk = emptyDisk(scenario.file('disk.raw'), 256);
    await using machine = bootMachine({
      ...({ architecture: 'arm64', firmware: 'secure-boot', endOnReboot: true } as const),
      disks: [{ file: disk }],
      network: {
        serverPort: server.port,
        pxe: { directory, bootFile: 'shimaa64.efi', first: true },
      },
    });
    await waitForInstallation(machine);
    await machine.exited;
    expectExact(disk, image.raw);
  });

  moreScenarioTest('UEFI HTTP boot of the ISO for arm64 with Secure Boot', async (scenario) => {
    const medium = await customizedIso(scenario, rackAddress);
    const isoPath = '/installer.iso';
    const { server, image } = await serveSmallSystem(scenario, { [isoPath]: readFileSync(medium) });
    await using _server = server;
    await using rack = await setUpRack(1);
    await using _reachable = await reachFromRack(rack, server.port, scenario.file('server.socket'));
    const options = httpBootOptions(`http://${rackAddress}:8080${isoPath}`);
    await using _dhcp = await startForeignDhcp(rack, options);
    const disk = emptyDisk(scenario.file('disk.raw'), 256);
    await using machine = bootMachine({
      ...({ architecture: 'arm64', firmware: 'secure-boot', endOnReboot: true } as const),
      disks: [{ file: disk }],
      memoryMib: 1024,
      network: { rack, cable: rack.cable(0), mac: '52:54:00:00:00:01' },
    });
    await waitForInstallation(machine);
    await machine.exited;
    expectExact(disk, image.raw);
    expect(server.requests.map(({ path }) => path)).toContain(isoPath);
  });

  moreScenarioTest(
    'with Secure Boot a kernel for arm64 that differs by one byte does not start',
    async (scenario) => {
      await using machine = bootMachine({
        ...({ architecture: 'arm64', firmware: 'secure-boot', network: 'no-card' } as const),
        disks: [{ file: emptyDisk(scenario.file('disk.raw'), 64) }],
        iso: await isoWithChangedKernel(scenario, iso),
      });
      await machine.console.waitFor(/bad shim signature/, limits.bootMs);
      expect(machine.console.text).not.toContain('Press Enter');
    },
  );
});

/** What the system shows, and has from the config. */
const configuredLines = [
  'The hostname is installed.',
  "The unit is ExecStart=/bin/bash -c 'echo hello from a unit > /var/lib/hello'.",
];

const imagePath = '/arm64.raw.xz';
const configPath = '/config.ign';

/** A server that has the small system, its config, and more files. */
async function serveSmallSystem(scenario: Scenario, more: Readonly<Record<string, Buffer>> = {}) {
  const image = await buildSmallSystem(scenario.directory);
  const config = Buffer.from(JSON.stringify(wanted));
  const files = { [imagePath]: readFileSync(image.rawXz), [configPath]: config, ...more };
  return { image, server: await startServer({ files }) };
}

/** The medium, customized in place; nobody types anything at its boot. The server has this address. */
async function customizedIso(scenario: Scenario, address = '192.0.2.100'): Promise<string> {
  const customized = scenario.file('customized.iso');
  copyFileSync(iso, customized);
  const config = scenario.file('config.ign');
  writeFileSync(config, JSON.stringify(wanted));
  const settings = scenario.file('site.yaml');
  writeFileSync(settings, `image-url: http://${address}:8080${imagePath}\ninsecure: true\n`);
  const args = ['--dest-device', '/dev/vda', '--dest-ignition', config];
  args.push('--installer-config', settings, customized);
  await execa(program, ['iso', 'customize', ...args]);
  return customized;
}
