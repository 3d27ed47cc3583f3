import { closeSync, openSync, readSync, truncateSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';

const mib = 1024 * 1024;

/** The usual disk: twice as large as the image. */
export const diskBytes = 1537 * mib;

/** Makes an empty, sparse disk. */
export function emptyDisk(file: string, sizeMib = diskBytes / mib): string {
  writeFileSync(file, '');
  truncateSync(file, sizeMib * mib);
  return file;
}

/** The place of a partition. */
export interface PartitionExtent {
  offsetBytes: number;
  lengthBytes: number;
}

/** Reads the partition table (UEFI specification 2.10, section 5.3): extents by name. */
export function readPartitions(file: string, sectorSize = 512): Map<string, PartitionExtent> {
  const header = readBytes(file, sectorSize, 92);
  if (header.toString('latin1', 0, 8) !== 'EFI PART') return new Map();
  const tableAt = Number(header.readBigUInt64LE(72)) * sectorSize;
  const table = readBytes(file, tableAt, 128 * 128);
  const found = new Map<string, PartitionExtent>();
  for (let at = 0; at < table.length; at += 128) {
    const first = Number(table.readBigUInt64LE(at + 32));
    const last = Number(table.readBigUInt64LE(at + 40));
    if (first === 0) continue;
    const name = table.toString('utf16le', at + 56, at + 128).replace(/\0.*$/s, '');
    found.set(name, {
      offsetBytes: first * sectorSize,
      lengthBytes: (last - first + 1) * sectorSize,
    });
  }
  return found;
}

/** Reads bytes of a disk. */
export function readBytes(file: string, offsetBytes: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, bytes, 0, lengthBytes, offsetBytes);
  } finally {
    closeSync(fd);
  }
  return bytes;
}

/** The ext4 file system of the boot partition, read and changed without being mounted. */
export class FileSystem {
  readonly #where: string;

  constructor(disk: string, partition: 'boot', sectorSize = 512) {
    const extent = readPartitions(disk, sectorSize).get(partition);
    if (extent === undefined) throw new Error(`no partition ${partition} on ${disk}`);
    this.#where = `${disk}?offset=${extent.offsetBytes}`;
  }

  /** A file's text; undefined when it does not exist. */
  async read(path: string): Promise<string | undefined> {
    if (!(await this.stat(path))) return undefined;
    return await this.#debugfs(`cat ${path}`);
  }

  /** Type, permissions and owner; undefined when it does not exist. */
  async stat(path: string): Promise<{ mode: number; uid: number; gid: number } | undefined> {
    const text = await this.#debugfs(`stat ${path}`);
    const mode = /Mode:\s+(\d+)/.exec(text)?.[1];
    const owner = /User:\s+(\d+)\s+Group:\s+(\d+)/.exec(text);
    if (mode === undefined || owner === null) return undefined;
    return { mode: Number.parseInt(mode, 8), uid: Number(owner[1]), gid: Number(owner[2]) };
  }

  /** Puts a file there, in place of an earlier one. */
  async write(path: string, source: string): Promise<void> {
    const directory = path.slice(0, path.lastIndexOf('/'));
    if (directory !== '' && !(await this.stat(directory))) {
      await this.#debugfs(`mkdir ${directory}`, true);
    }
    if (await this.stat(path)) await this.#debugfs(`rm ${path}`, true);
    await this.#debugfs(`write "${source}" ${path}`, true);
  }

  async #debugfs(request: string, writing = false): Promise<string> {
    const mode = writing ? ['-w'] : [];
    const { stdout } = await execa('debugfs', [...mode, '-R', request, this.#where], {
      stripFinalNewline: false,
    });
    return stdout;
  }
}
