import { readFileSync } from 'node:fs';
import { type Gpt, parseGpt } from '../../src/disk/gpt/gpt.ts';
import type { Target } from '../../src/disk/look/target.ts';
import { type DiskImageOptions, makeDiskImage } from './disk-image.ts';
import { type LoopDevice, loopDevice } from './loop-device.ts';
import { openWriter, targetOf } from './loop-target.ts';

const mib = 1024 * 1024;

export interface TablelessDisk extends AsyncDisposable {
  readonly device: LoopDevice;
  readonly target: Target;
  /** The image's table, and its first MiB. */
  readonly gpt: Gpt;
  readonly head: Buffer;
}

/** A disk with an image except for its first MiB: no table, as before the commit. */
export async function tablelessDisk(options: DiskImageOptions): Promise<TablelessDisk> {
  const image = readFileSync(await makeDiskImage(options));
  const head = image.subarray(0, mib);
  const { sectorSizeBytes = 512 } = options;
  const device = await loopDevice({ sizeBytes: image.length + 8 * mib, sectorSizeBytes });
  const target = targetOf(device);
  await using writer = await openWriter(target);
  await writer.write(mib, image.subarray(mib));
  await writer.flush();
  return {
    ...{ device, target, gpt: parseGpt(head), head },
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
  };
}
