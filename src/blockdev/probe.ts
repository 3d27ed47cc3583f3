import { CommandError, run } from './command.ts';

export interface FileSystem {
  /** `ext4`, `vfat`, `LVM2_member`. */
  readonly type: string;
  readonly label: string | undefined;
  readonly uuid: string | undefined;
}

/** blkid's exit code for "nothing recognised there", and for a device that cannot be read. */
const nothingFound = 2;

/**
 * What stands on a device, read from the device itself: no cache, no udev. Undefined when there
 * is nothing that libblkid knows for certain, or nothing can be read.
 */
export async function probeFileSystem(device: string): Promise<FileSystem | undefined> {
  try {
    const { stdout } = await run('blkid', ['--probe', '--output', 'export', device], {
      allowExitCodes: [nothingFound],
    });
    return parseExport(stdout);
  } catch (error) {
    // Exit code 8: several signatures contradict each other.
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** `KEY=value` lines, with a backslash before what a shell would mind. */
export function parseExport(text: string): FileSystem | undefined {
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const equals = line.indexOf('=');
      if (equals < 0) return [];
      return [[line.slice(0, equals), line.slice(equals + 1).replace(/\\(.)/g, '$1')] as const];
    }),
  );
  const type = values.get('TYPE');
  return type === undefined
    ? undefined
    : { type, label: values.get('LABEL'), uuid: values.get('UUID') };
}

/** Those of the devices whose file system has this label, in the order given. */
export async function findByLabel(devices: readonly string[], label: string): Promise<string[]> {
  const found: string[] = [];
  for (const device of devices) {
    if ((await probeFileSystem(device))?.label === label) found.push(device);
  }
  return found;
}
