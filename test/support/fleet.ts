import { createHash } from 'node:crypto';
import type {
  Fleet,
  FleetSettings,
  Profile,
  WantedMachine,
} from '../../src/provision/wanted/fleet.ts';

const asset = (fileName: string) => ({
  sha256: createHash('sha256').update(fileName).digest('hex'),
  fileName,
  sizeBytes: 1000,
});

export function profileNamed(name: string, changes: Partial<Profile> = {}): Profile {
  const profile: Omit<Profile, 'digest'> = {
    name,
    image: asset(`${name}.raw.xz`),
    kernel: asset('vmlinuz'),
    initramfs: asset('initramfs.img'),
    device: '/dev/sda',
    kargs: [],
    localBoot: 'exit',
    phoneHome: false,
    ...changes,
  };
  const digest = createHash('sha256').update(JSON.stringify(profile)).digest('hex');
  return { digest, ...profile };
}

/** `number` is in the MAC address and the UUID. */
export function machineNumbered(
  number: number,
  changes: Partial<WantedMachine> = {},
): WantedMachine {
  const config = Buffer.from(JSON.stringify({ ignition: { version: '3.4.0' }, number }));
  return {
    name: `node-${number}`,
    identity: { macs: [macOf(number)], uuid: uuidOf(number) },
    rack: 'r1',
    profile: 'worker',
    generation: 1,
    config,
    configSha512: createHash('sha512').update(config).digest('hex'),
    values: {},
    ...changes,
  };
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

export const macOf = (number: number) => `52:54:00:${hex(number, 6).match(/../g)?.join(':')}`;
export const uuidOf = (number: number) => `4c4c4544-0042-3510-8052-${hex(number, 12)}`;

export function fleetOf(
  machines: readonly WantedMachine[],
  settings: Partial<FleetSettings> = {},
  profiles: readonly Profile[] = [profileNamed('worker')],
): Fleet {
  return {
    settings: {
      url: 'http://192.0.2.1:8080',
      concurrency: 100,
      canary: 0,
      stopWhen: { failures: 3, percent: 5 },
      edges: new Map(),
      ...settings,
    },
    profiles: new Map(profiles.map((profile) => [profile.name, profile])),
    machines: new Map(machines.map((machine) => [machine.name, machine])),
  };
}

/** `count` machines, numbered from 1. */
export const manyMachines = (count: number) =>
  Array.from({ length: count }, (_, index) => machineNumbered(index + 1));
