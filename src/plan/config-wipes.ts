import { listOf, memberOf, parsedConfig, textOf } from './config-members.ts';
import { type KeptPartition, warnOfPartition } from './config-partitions.ts';
import { nameOfPartition } from './partition-fates.ts';
import { isOfSomeDisk, linksOf } from './partition-links.ts';

/**
 * What the Ignition config does to saved partitions at the first boot, a sentence or two each: they
 * survive the installation, and are lost then. Only what the config says explicitly; disks, partitions
 * and their numbers are those of the new system.
 */
export function warnOfConfigWipes(
  path: string,
  config: Uint8Array,
  saved: readonly KeptPartition[],
): string[] {
  const storage = memberOf(parsedConfig(config), 'storage');
  const wiped = (list: string, member: string) =>
    listOf(storage, list)
      .filter((one) => memberOf(one, member) === true)
      .flatMap((one) => textOf(one, 'device') ?? []);
  // Ignition makes a new array each time.
  const members = listOf(storage, 'raid').flatMap((array) => listOf(array, 'devices').map(String));
  const warn = (devices: readonly string[], verb: string, member: string) =>
    devices.flatMap((device) => saved.flatMap((one) => warnOf(path, one, device, verb, member)));
  return [
    ...listOf(storage, 'disks').flatMap((disk) => warnOfDisk(path, disk, saved)),
    ...warn(members, 'makes a RAID of', 'raid'),
    ...warn(wiped('luks', 'wipeVolume'), 'encrypts', 'wipeVolume'),
    ...warn(wiped('filesystems', 'wipeFilesystem'), 'formats', 'wipeFilesystem'),
  ];
}

function warnOf(
  path: string,
  saved: KeptPartition,
  device: string,
  verb: string,
  member: string,
): string[] {
  const name = `the saved partition ${nameOfPartition(saved)}`;
  if (linksOf(saved).has(device))
    return [`The Ignition config ${verb} ${name} at the first boot (${member}, ${device}).`];
  return isOfSomeDisk(device, saved.number)
    ? [
        `The Ignition config ${verb} ${device} at the first boot (${member}). ` +
          `If that is ${name} of ${path}, its data is lost then.`,
      ]
    : [];
}

function warnOfDisk(path: string, disk: unknown, saved: readonly KeptPartition[]): string[] {
  const device = textOf(disk, 'device') ?? 'a disk';
  if (memberOf(disk, 'wipeTable') === true)
    return [
      `The Ignition config removes the partition table of ${device} at the first boot ` +
        `(wipeTable). If that is ${path}, the saved partitions are lost then.`,
    ];
  return listOf(disk, 'partitions').flatMap((one) => warnOfPartition(path, device, one, saved));
}
