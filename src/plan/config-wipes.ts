import type { GptPartition } from '../disk/gpt/gpt.ts';
import type { FileSystem } from '../disk/look/probe.ts';
import { nameOfPartition } from './partition-fates.ts';

type Saved = Pick<GptPartition, 'number' | 'name' | 'uniqueGuid'> & {
  readonly fileSystem: FileSystem | undefined;
};

/**
 * What the Ignition config does to saved partitions at the first boot, a sentence each: they survive
 * the installation, and are lost then. Only what the config says explicitly; a disk of it is
 * named as the new system will see it.
 */
export function warnOfConfigWipes(
  path: string,
  config: Uint8Array,
  saved: readonly Saved[],
): string[] {
  const storage = memberOf(parsed(config), 'storage');
  const disks = listOf(storage, 'disks').filter((disk) => memberOf(disk, 'wipeTable') === true);
  const formatted = listOf(storage, 'filesystems').filter(
    (one) => memberOf(one, 'wipeFilesystem') === true,
  );
  return [
    ...disks.map(
      (disk) =>
        `The Ignition config removes the partition table of ${deviceOf(disk)} at the first boot ` +
        `(wipeTable). If that is ${path}, the saved partitions are lost then.`,
    ),
    ...formatted.flatMap((one) =>
      saved
        .filter((partition) => namesOf(partition).has(deviceOf(one)))
        .map(
          (partition) =>
            `The Ignition config formats the saved partition ${nameOfPartition(partition)} at the ` +
            `first boot (wipeFilesystem, ${deviceOf(one)}).`,
        ),
    ),
  ];
}

/** The links that udev makes for a partition, which do not depend on the disk's name. */
function namesOf({ name, uniqueGuid, fileSystem }: Saved): Set<string> {
  const { label, uuid } = fileSystem ?? {};
  const links = [
    ['by-partlabel', name],
    ['by-partuuid', uniqueGuid.toLowerCase()],
    ['by-label', label],
    ['by-uuid', uuid],
  ].filter(([, value]) => value);
  return new Set(links.map(([kind, value]) => `/dev/disk/${kind}/${value}`));
}

/** Undefined for a config that is not JSON, which `--check-ignition off` accepts. */
function parsed(config: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(config).toString('utf8'));
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}

function listOf(value: unknown, name: string): unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}

const deviceOf = (value: unknown) => String(memberOf(value, 'device'));
