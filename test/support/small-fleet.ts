import { createHash } from 'node:crypto';
import type { Asset } from '../../src/provision/wanted/assets.ts';
import type {
  Fleet,
  FleetSettings,
  Profile,
  WantedMachine,
} from '../../src/provision/wanted/fleet.ts';

export const digestOf = (content: string) => createHash('sha256').update(content).digest('hex');

export function asset(content: string, fileName: string): Asset {
  return { sha256: digestOf(content), fileName, sizeBytes: content.length };
}

export const worker: Profile = {
  name: 'worker',
  digest: digestOf('profile'),
  image: asset('image', 'metal.raw.xz'),
  kernel: asset('kernel', 'vmlinuz'),
  initramfs: asset('initramfs', 'initramfs.img'),
  device: '/dev/disk/by-path/pci-0000:5c:00.0-nvme-1',
  kargs: ['console=ttyS1,115200n8'],
  localBoot: 'exit',
  phoneHome: true,
};

/** The machine with a number: `m1`, 52:54:00:00:00:01. */
export function machine(number: number, changes: Partial<WantedMachine> = {}): WantedMachine {
  const config = Buffer.from('{"ignition":{"version":"3.4.0"},"secret":"hunter2"}');
  return {
    name: `m${number}`,
    identity: { macs: [macOf(number)] },
    rack: 'r1',
    profile: 'worker',
    generation: 1,
    config,
    configSha512: createHash('sha512').update(config).digest('hex'),
    values: { hostname: `m${number}.example` },
    ...changes,
  };
}

export function macOf(number: number): string {
  const digits = number.toString(16).padStart(6, '0');
  return `52:54:00:${digits.match(/../g)?.join(':')}`;
}

export function smallFleet(
  machines: readonly WantedMachine[] = [machine(1)],
  settings: Partial<FleetSettings> = {},
): Fleet {
  return {
    settings: {
      url: 'http://192.0.2.1:8080',
      concurrency: 4,
      canary: 0,
      stopWhen: { failures: 3, percent: 5 },
      edges: new Map(),
      ...settings,
    },
    profiles: new Map([[worker.name, worker]]),
    machines: new Map(machines.map((one) => [one.name, one])),
  };
}
