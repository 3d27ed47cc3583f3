import { statSync } from 'node:fs';
import { expect } from 'vitest';
import { readBytes, readPartitions } from './disk.ts';

const pieceBytes = 16 * 1024 * 1024;

/**
 * Checks that a newly installed disk is identical to the image, except for the boot partition and the
 * partition tables: the backup has moved to the end of the disk.
 */
export function expectExact(disk: string, imageFile: string): void {
  const partitions = readPartitions(disk);
  const boot = partitions.get('boot');
  const root = partitions.get('root');
  if (boot === undefined || root === undefined) throw new Error('no partitions on the disk');
  const bootEnd = boot.offsetBytes + boot.lengthBytes;
  const rootEnd = root.offsetBytes + root.lengthBytes;
  const expected = (at: number): boolean => {
    const inBoot = at >= boot.offsetBytes && at < bootEnd;
    // The protective MBR's entry and the primary header say how large the disk is.
    const inTables = (at >= 446 && at < 1024) || at >= rootEnd;
    return inBoot || inTables;
  };
  const imageBytes = statSync(imageFile).size;
  for (let at = 0; at < imageBytes; at += pieceBytes) {
    const lengthBytes = Math.min(pieceBytes, imageBytes - at);
    const image = readBytes(imageFile, at, lengthBytes);
    const differing = differingBytes(image, readBytes(disk, at, lengthBytes));
    expect(differing.filter((offset) => !expected(at + offset))).toEqual([]);
  }
}

function differingBytes(left: Buffer, right: Buffer): number[] {
  const found: number[] = [];
  const stepBytes = 4096;
  for (let block = 0; block < left.length; block += stepBytes) {
    const end = Math.min(block + stepBytes, left.length);
    if (left.compare(right, block, end, block, end) === 0) continue;
    for (let at = block; at < end; at += 1) if (left[at] !== right[at]) found.push(at);
  }
  return found;
}
