import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import { limits, rebooting } from './support/chain.ts';
import { everything } from './support/configs.ts';
import { emptyDisk, FileSystem, readBytes, readPartitions } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { scenarioTest } from './support/scenario.ts';
import { automatic, serve } from './support/server.ts';

const mib = 1024 * 1024;

scenarioTest(
  'outside the boot partition the disk equals the image, bit for bit',
  async (scenario) => {
    await using server = await serve({ config: everything });
    const disk = emptyDisk(scenario.file('disk.raw'), 256);
    const iso = await isoWithArguments(scenario, automatic());
    await using machine = bootMachine({
      disks: [{ file: disk }],
      iso,
      endOnReboot: true,
      network: { serverPort: server.port },
    });
    await machine.console.waitFor(rebooting, limits.installMs);
    await machine.exited;

    const image = readFileSync((await buildMiniCoreos()).raw);
    const partitions = readPartitions(disk);
    const boot = partitions.get('boot');
    const root = partitions.get('root');
    if (boot === undefined || root === undefined) throw new Error('no partitions on the disk');
    const differing = differingBytes(image, readBytes(disk, 0, image.length));
    const bootEnd = boot.offsetBytes + boot.lengthBytes;
    const rootEnd = root.offsetBytes + root.lengthBytes;
    for (const at of differing) {
      const inBoot = at >= boot.offsetBytes && at < bootEnd;
      // The primary header names the moved backup; the image's own backup stood at its end.
      const inTables = (at >= 446 && at < 1024) || at >= rootEnd;
      expect(inBoot || inTables, `byte ${at} differs`).toBe(true);
    }
    expect(readBytes(disk, 256 * mib - 512, 8).toString('latin1')).toBe('EFI PART');
    const config = await new FileSystem(disk, 'boot').read('/ignition/config.ign');
    expect(config).toBe(JSON.stringify(everything));
  },
);

/** Where two buffers differ, by the byte. */
function differingBytes(left: Buffer, right: Buffer): number[] {
  const found: number[] = [];
  const stepBytes = 4096;
  for (let block = 0; block < left.length; block += stepBytes) {
    const end = Math.min(block + stepBytes, left.length);
    if (left.compare(right, block, end, block, end) === 0) continue;
    for (let at = block; at < end; at += 1) if (left[at] !== right[at]) found.push(at);
  }
  return found;
}
