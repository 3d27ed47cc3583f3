import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildMiniCoreos } from '../mini-coreos/build.ts';
import { diskBytes, readBytes, readPartitions } from './disk.ts';
import type { Scenario } from './scenario.ts';

const mib = 1024 * 1024;

/** The partition with data: its label in the table, and where it begins. */
export const data = { label: 'data', startMib: 900, number: 5 } as const;

/** A disk with an older system, and behind it a partition with data. */
export interface OlderSystem {
  readonly disk: string;
  /** Of the file system in the partition, which is ext4. */
  readonly uuid: string;
  /** Of the file `noise` in it. */
  readonly noiseSha256: string;
  /** Of all bytes of the partition, as they are now; undefined when it is not in the table. */
  digest(): string | undefined;
}

/** The root partition reaches up to the data, as after a first boot; `notes` is a file of one line. */
export async function olderSystem(scenario: Scenario): Promise<OlderSystem> {
  const disk = scenario.file('disk.raw');
  copyFileSync((await buildMiniCoreos()).raw, disk);
  truncateSync(disk, diskBytes);
  const sfdisk = async (words: string[], input = '') =>
    await execa('sfdisk', ['--quiet', ...words], { input });
  await sfdisk(['--relocate', 'gpt-bak-std', disk]);
  await sfdisk(['--append', disk], `start=${data.startMib}MiB, size=256MiB, name=${data.label}`);
  await sfdisk(['-N', '4', disk], ', +');

  const tree = scenario.file('data');
  const noise = Buffer.from(Array.from({ length: mib }, (_, index) => (index * index) >> 5));
  mkdirSync(tree);
  writeFileSync(join(tree, 'notes'), 'written by the older system\n');
  writeFileSync(join(tree, 'noise'), noise);
  const uuid = '5f2c0fd4-1d2b-4c55-9e0a-0b8f4bb7b0a5';
  await execa('mkfs.ext4', [
    ...['-q', '-F', '-L', 'archive', '-U', uuid, '-d', tree],
    ...['-E', `offset=${data.startMib * mib}`, disk, '256M'],
  ]);
  return {
    ...{ disk, uuid, noiseSha256: sha256(noise) },
    digest() {
      const extent = readPartitions(disk).get(data.label);
      if (extent?.offsetBytes !== data.startMib * mib) return undefined;
      return sha256(readBytes(disk, extent.offsetBytes, extent.lengthBytes));
    },
  };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
