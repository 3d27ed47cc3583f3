import {
  before,
  bmaptool,
  type Contender,
  curlToFile,
  curlUnpacked,
  currentXz,
  download,
  etcher,
  ourDownload,
  ours,
  pipe,
  staged,
} from './contenders.ts';
import { compressed, grownImage, realImage, zeroImage } from './images.ts';

const mib = 1024 * 1024;
const gib = 1024 * mib;

/** A goal for our program, compared with another one in the same case, or with itself in another case. */
export interface Goal {
  readonly of: 'speed' | 'memory' | 'time';
  readonly against: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Case {
  readonly name: string;
  /** Makes the image, or returns the existing one. */
  readonly image: () => Promise<string>;
  readonly bytesPerSecond?: number;
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
  /** The most memory that our program may use, in bytes. */
  readonly memoryGoalBytes?: number;
  /** Each run reads the image from the disk, not from the page cache. */
  readonly cold?: true;
}

const memoryGoalBytes = 400e6;

/**
 * Like the images of Fedora CoreOS: in blocks of 192 MiB, with a dictionary of 64 MiB. The quick one has
 * them, too, but a faster search for matches: `xz -9` takes 20 minutes of CPU time for 2 GiB.
 */
function packed(image: string, quick: boolean): Promise<string> {
  return compressed(image, 'xz', [quick ? '--lzma2=preset=1,dict=64MiB' : '-9', '-T2']);
}
const classic = pipe('xz -dc');
const faster = ({ name }: Contender, atLeast: number): Goal => ({
  of: 'speed',
  against: name,
  atLeast,
});

/** All cases; the quick ones have a smaller image, compressed faster, and fewer contenders. */
export function cases(quick: boolean): Case[] {
  const raw = () => realImage(quick ? 512 * mib : 2 * gib);
  const blocks = async () => await packed(await raw(), quick);
  const all = [parallel(blocks, quick), ...formats(raw)];
  return quick ? all : [...all, ...sizes(raw, blocks), ...networks(blocks), ...files(blocks)];
}

function parallel(image: Case['image'], quick: boolean): Case {
  // Each of their runs takes several times as long as the others.
  const far = quick ? [] : [bmaptool, etcher];
  return {
    name: 'xz, blocks',
    image,
    contenders: [ours(), ...before(), classic, staged, currentXz, ...far],
    goals: [
      faster(classic, 2),
      faster(staged, 2),
      faster(currentXz, 1),
      { of: 'memory', against: currentXz.name, atMost: 0.4 },
      ...far.map((contender) => faster(contender, 2)),
    ],
    memoryGoalBytes,
  };
}

/** A single xz block without sizes, and the other formats, each compared with a pipe. */
function formats(raw: Case['image']): Case[] {
  const image =
    (tool: 'xz' | 'gzip' | 'zstd', ...args: string[]) =>
    async () =>
      await compressed(await raw(), tool, args);
  const against = (name: string, image: Case['image'], tool: string, atLeast: number): Case => ({
    name,
    image,
    contenders: [ours(), ...before(), pipe(tool)],
    goals: [faster(pipe(tool), atLeast)],
    memoryGoalBytes,
  });
  return [
    against('xz, single block', image('xz', '-2', '-T1'), 'xz -dc', 1.2),
    against('gzip', image('gzip', '-6'), 'gzip -dc', 1),
    against('zstd', image('zstd', '-T0', '-9'), 'zstd -dc', 1),
    against('raw', raw, 'cat', 1),
  ];
}

/** Our program alone, with less and with more work. */
function sizes(raw: Case['image'], blocks: Case['image']): Case[] {
  const alone = { contenders: [ours(), ...before()], goals: [], memoryGoalBytes };
  const zeros = async () => await compressed(await zeroImage(8 * gib), 'xz', ['-1', '-T1']);
  return [
    { ...alone, name: 'xz, blocks, image not cached', image: blocks, cold: true },
    {
      ...alone,
      name: 'one job',
      image: blocks,
      contenders: [ours('--jobs', '1'), ...before('--jobs', '1')],
      memoryGoalBytes: 200e6,
    },
    {
      ...alone,
      name: '20 GiB, of which 2 GiB data',
      image: async () => await packed(await grownImage(await raw(), 20 * gib), false),
      goals: [{ of: 'time', against: 'xz, blocks', atMost: 1.3 }],
    },
    { ...alone, name: '8 GiB of zeros', image: zeros },
  ];
}

function networks(image: Case['image']): Case[] {
  return [
    {
      name: 'network of 1 Gbit/s',
      image,
      bytesPerSecond: 125e6,
      contenders: [ours(), ...before(), staged],
      goals: [faster(staged, 2.5)],
    },
    {
      name: 'network of 20 MB/s',
      image,
      bytesPerSecond: 20e6,
      contenders: [ours(), ...before(), download],
      goals: [{ of: 'time', against: download.name, atMost: 1.02 }],
    },
  ];
}

/** The command `download`, which saves files. */
function files(image: Case['image']): Case[] {
  return [
    {
      name: 'saved to a file, 1 Gbit/s',
      image,
      bytesPerSecond: 125e6,
      contenders: [ourDownload(), curlToFile],
      goals: [{ of: 'time', against: curlToFile.name, atMost: 1.02 }],
      memoryGoalBytes,
    },
    {
      name: 'saved to a file, decompressed',
      image,
      contenders: [ourDownload('--decompress'), curlUnpacked],
      goals: [faster(curlUnpacked, 2.5)],
      memoryGoalBytes,
    },
  ];
}
