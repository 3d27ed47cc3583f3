import {
  bmaptool,
  type Contender,
  currentXz,
  download,
  etcher,
  ours,
  pipe,
  staged,
} from './contenders.ts';
import { compressed, grownImage, realImage, zeroImage } from './images.ts';

const mib = 1024 * 1024;
const gib = 1024 * mib;

/** What ours is to be, beside another contender of the same case or another case's ours. */
export interface Goal {
  readonly of: 'speed' | 'memory' | 'time';
  readonly against: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Case {
  readonly name: string;
  /** Makes the image, or finds it made. */
  readonly image: () => Promise<string>;
  readonly bytesPerSecond?: number;
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
  /** Most memory that ours may take, in bytes. */
  readonly memoryGoalBytes?: number;
}

const memoryGoalBytes = 400e6;
const faster = (against: string, atLeast: number): Goal => ({ of: 'speed', against, atLeast });

/** All of them; quick ones have a smaller image, packed in less time, and fewer contenders. */
export async function cases(quick: boolean): Promise<Case[]> {
  const raw = () => realImage(quick ? 512 * mib : 2 * gib);
  const preset = quick ? '-2' : '-9';
  const blocks = async () => await compressed(await raw(), 'xz', [preset, '-T2']);
  const xz = await currentXz();
  const classic = pipe('xz -dc');
  const all: Case[] = [
    {
      name: 'xz, blocks',
      image: blocks,
      contenders: [ours(), classic, staged, xz, bmaptool, ...(quick ? [] : [await etcher()])],
      goals: [
        faster(classic.name, 2),
        faster(staged.name, 2),
        faster(xz.name, 1),
        { of: 'memory', against: xz.name, atMost: 0.4 },
        faster(bmaptool.name, 2),
        ...(quick ? [] : [faster((await etcher()).name, 2)]),
      ],
      memoryGoalBytes,
    },
    {
      name: 'xz, single block',
      image: async () => await compressed(await raw(), 'xz', [quick ? '-1' : '-6', '-T1']),
      contenders: [ours(), classic],
      goals: [faster(classic.name, 1.2)],
      memoryGoalBytes,
    },
    {
      name: 'gzip',
      image: async () => await compressed(await raw(), 'gzip', ['-6']),
      contenders: [ours(), pipe('gzip -dc')],
      goals: [faster(pipe('gzip -dc').name, 1)],
      memoryGoalBytes,
    },
    {
      name: 'zstd',
      image: async () => await compressed(await raw(), 'zstd', ['-T0', '-9']),
      contenders: [ours(), pipe('zstd -dc')],
      goals: [faster(pipe('zstd -dc').name, 1)],
      memoryGoalBytes,
    },
    {
      name: 'raw',
      image: raw,
      contenders: [ours(), pipe('cat')],
      goals: [faster(pipe('cat').name, 1)],
      memoryGoalBytes,
    },
  ];
  if (quick) return all;
  return [
    ...all,
    {
      name: 'one job',
      image: blocks,
      contenders: [ours('--jobs', '1')],
      goals: [],
      memoryGoalBytes: 200e6,
    },
    {
      name: '20 GiB, of which 2 GiB data',
      image: async () =>
        await compressed(await grownImage(await raw(), 20 * gib), 'xz', ['-9', '-T2']),
      contenders: [ours()],
      goals: [{ of: 'time', against: 'xz, blocks', atMost: 1.3 }],
      memoryGoalBytes,
    },
    {
      name: '8 GiB of zeros',
      image: async () => await compressed(await zeroImage(8 * gib), 'xz', ['-9', '-T1']),
      contenders: [ours()],
      goals: [],
      memoryGoalBytes,
    },
    {
      name: 'network of 1 Gbit/s',
      image: blocks,
      bytesPerSecond: 125e6,
      contenders: [ours(), staged],
      goals: [faster(staged.name, 2.5)],
    },
    {
      name: 'network of 20 MB/s',
      image: blocks,
      bytesPerSecond: 20e6,
      contenders: [ours(), download],
      goals: [{ of: 'time', against: download.name, atMost: 1.02 }],
    },
  ];
}
