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
  const place =
    range === undefined
      ? []
      : ['--offset', String(range.offsetBytes), '--size', String(range.sizeBytes)];
  try {
    const words = ['--probe', '--output', 'export', ...place, device];
    const { stdout } = await fewAtOnce(() =>
      run('blkid', words, { allowExitCodes: [nothingFound] }),
    );
    return parseSignatures(stdout);
  } catch (error) {
    // Exit code 8: several signatures contradict each other.
    if (error instanceof CommandError) return parseSignatures('');
    throw error;
  }
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
