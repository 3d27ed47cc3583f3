import { type FileHandle, open } from 'node:fs/promises';
import { type DiskShape, readDiskTable, type TableFound } from '../gpt/disk-table.ts';

/**
 * The partition table of a device, as its bytes have it: the kernel may know less of it, as of a
 * multipath device, or an older one. Opens it for reading. Where it cannot be read, that is the fault.
 */
export async function findTable(path: string, disk: DiskShape): Promise<TableFound> {
  try {
    await using file = await open(path);
    return await readDiskTable((at, length) => readAll(file, at, length), disk);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const fault = `its partition table cannot be read (${code})`;
    return { mbr: 'none', table: undefined, fault, unreadable: fault };
  }
}

async function readAll(file: FileHandle, offsetBytes: number, lengthBytes: number) {
  const bytes = new Uint8Array(lengthBytes);
  for (let done = 0; done < lengthBytes; ) {
    const { bytesRead } = await file.read(bytes, done, lengthBytes - done, offsetBytes + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes;
}
