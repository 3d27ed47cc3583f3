import { atMost } from '../../lib/promises.ts';
import { parseBlkidExport } from '../../system/blkid-export.ts';
import { CommandError, run } from '../../system/run-command.ts';

export interface FileSystem {
  /** `ext4`, `vfat`, `LVM2_member`. */
  readonly type: string;
  readonly label: string | undefined;
  readonly uuid: string | undefined;
}

/** What is at the beginning of a device: a partition table or a file system. */
export interface Signatures {
  /** `gpt`, `dos`. */
  readonly partitionTable: string | undefined;
  readonly fileSystem: FileSystem | undefined;
}

/** blkid's exit code for "nothing recognised there", and for a device that cannot be read. */
const nothingFound = 2;

/** A table, which may be anybody's, can have a thousand entries, and the installer medium little memory. */
const fewAtOnce = atMost(8);

/** blkid's exit code for several signatures that contradict each other. */
const ambivalent = 8;

/** A part of a device. */
export interface DeviceRange {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/**
 * What is on a device, or on a part of it, read from the device itself: no cache, no udev. Only
 * what libblkid knows for certain; nothing where nothing can be read.
 */
export async function probe(device: string, range?: DeviceRange): Promise<Signatures> {
  try {
    return await probeOrFail(device, range === undefined ? [] : placeWords(range));
  } catch (error) {
    if (error instanceof CommandError) return parseSignatures('');
    throw error;
  }
}

/**
 * The file system on a part of a device, also where that is a member of a RAID whose superblock is at
 * the end (metadata 1.0, as Ignition makes it for /boot): the member's beginning is that of the file
 * system. Throws `CommandError` where blkid fails.
 */
export async function probeFileSystem(
  device: string,
  range: DeviceRange,
): Promise<FileSystem | undefined> {
  const words = ['--usages', 'filesystem', ...placeWords(range)];
  return (await probeOrFail(device, words)).fileSystem;
}

function placeWords({ offsetBytes, sizeBytes }: DeviceRange): string[] {
  return ['--offset', String(offsetBytes), '--size', String(sizeBytes)];
}

async function probeOrFail(device: string, more: readonly string[]): Promise<Signatures> {
  const words = ['--probe', '--output', 'export', ...more, device];
  const allowExitCodes = [nothingFound, ambivalent];
  const { stdout } = await fewAtOnce(() => run('blkid', words, { allowExitCodes }));
  return parseSignatures(stdout);
}

/** What it prints of one device. */
export function parseSignatures(text: string): Signatures {
  const [values] = parseBlkidExport(text);
  const type = values?.get('TYPE');
  return {
    partitionTable: values?.get('PTTYPE'),
    fileSystem:
      type === undefined
        ? undefined
        : { type, label: values?.get('LABEL'), uuid: values?.get('UUID') },
  };
}
