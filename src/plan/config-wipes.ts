import { listOf, memberOf, parsedConfig, textOf } from './config-members.ts';
import { type KeptPartition, warnOfPartition } from './config-partitions.ts';
import { nameOfPartition } from './partition-fates.ts';
import { isOfSomeDisk, linksOf } from './partition-links.ts';

/**
 * What the Ignition config does to saved partitions at the first boot, a sentence or two each: they
 * survive the installation, and are lost then, or the first boot fails because of them. Only what the
 * config says explicitly; disks, partitions and their numbers are those of the new system.
 */
export function warnOfConfigWipes(
  path: string,
  config: Uint8Array,
  saved: readonly KeptPartition[],
): string[] {
  const storage = memberOf(parsedConfig(config), 'storage');
  // Ignition makes a new array each time.
  const members = listOf(storage, 'raid').flatMap((array) => listOf(array, 'devices').map(String));
  const raids = members.flatMap((device) =>
    saved.flatMap((one) => warnOfLoss(path, one, device, 'makes a RAID of', 'raid')),
  );
  return [
    ...listOf(storage, 'disks').flatMap((disk) => warnOfDisk(path, disk, saved)),
    ...raids,
    ...kinds.flatMap((kind) =>
      listOf(storage, kind.list).flatMap((one) =>
        saved.flatMap((partition) => warnOfContent(path, one, kind, partition)),
      ),
    ),
  ];
}

interface Kind {
  /** A list of the config. */
  readonly list: string;
  /** Its member that permits to wipe. */
  readonly wipe: string;
  readonly verb: string;
  readonly noun: string;
  /** As blkid names what is wanted; undefined for what is no file system. */
  readonly typeOf: (wanted: unknown) => string | undefined;
}

const kinds: readonly Kind[] = [
  {
    ...{ list: 'luks', wipe: 'wipeVolume', verb: 'encrypts', noun: 'a LUKS volume' },
    typeOf: () => 'crypto_LUKS',
  },
  {
    ...{ list: 'filesystems', wipe: 'wipeFilesystem', verb: 'formats', noun: 'a file system' },
    typeOf: (wanted) => textOf(wanted, 'format'),
  },
];

function warnOfContent(path: string, wanted: unknown, kind: Kind, saved: KeptPartition): string[] {
  const device = textOf(wanted, 'device');
  if (device === undefined) return [];
  if (memberOf(wanted, kind.wipe) === true)
    return warnOfLoss(path, saved, device, kind.verb, kind.wipe);
  const differing = differencesOf(wanted, kind.typeOf(wanted), saved);
  if (differing.length === 0) return [];
  const what = `${kind.noun} with another ${differing.join(' and ')}`;
  const says = (place: string) =>
    `The Ignition config has ${what} on ${place}, and may not wipe it (${kind.wipe})`;
  return aboutDevice(
    saved,
    device,
    (name) => `${says(`${name} (${device})`)}: the first boot fails.`,
    (name) => `${says(device)}. If that is ${name} of ${path}, the first boot fails.`,
  );
}

/**
 * Ignition leaves what is as the config describes it, makes what is missing, and fails otherwise
 * (https://coreos.github.io/ignition/operator-notes/#filesystem-reuse-semantics).
 */
function differencesOf(
  wanted: unknown,
  type: string | undefined,
  { fileSystem }: KeptPartition,
): string[] {
  if (fileSystem === undefined || type === undefined || type === 'none') return [];
  const [label, uuid] = [textOf(wanted, 'label'), textOf(wanted, 'uuid')];
  return [
    ...(type === fileSystem.type ? [] : ['type']),
    ...(label === undefined || label === fileSystem.label ? [] : ['label']),
    ...(uuid === undefined || uuid.toLowerCase() === fileSystem.uuid?.toLowerCase()
      ? []
      : ['UUID']),
  ];
}

function warnOfLoss(
  path: string,
  saved: KeptPartition,
  device: string,
  verb: string,
  member: string,
): string[] {
  const says = (what: string) => `The Ignition config ${verb} ${what} at the first boot`;
  return aboutDevice(
    saved,
    device,
    (name) => `${says(name)} (${member}, ${device}).`,
    (name) => `${says(device)} (${member}). If that is ${name} of ${path}, its data is lost then.`,
  );
}

/** A sentence, if the device is the partition, or may be it. */
function aboutDevice(
  saved: KeptPartition,
  device: string,
  certain: (name: string) => string,
  possible: (name: string) => string,
): string[] {
  const name = `the saved partition ${nameOfPartition(saved)}`;
  if (linksOf(saved).has(device)) return [certain(name)];
  return isOfSomeDisk(device, saved.number) ? [possible(name)] : [];
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
