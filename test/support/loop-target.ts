import { inspectDevice } from '../../src/disk/look/inspect.ts';
import { DeviceFile } from '../../src/disk/own/device-file.ts';
import { DeviceWriter, type WriterOptions } from '../../src/disk/write/writer.ts';
import { checkTarget, type Target } from '../../src/plan/check-target.ts';
import type { LoopDevice } from './loop-device.ts';

/** The checked target that a loop device is, as it is now. */
export function targetOf(device: Pick<LoopDevice, 'path'>): Target {
  return checkTarget(inspectDevice(device.path));
}

/** Claims the device, and writes to it: past the page cache, or with `direct: false` through it. */
export async function openWriter(
  target: Target,
  { direct = true, ...options }: WriterOptions & { readonly direct?: boolean } = {},
): Promise<DeviceWriter> {
  const file = await DeviceFile.open(target, { direct });
  const writer = new DeviceWriter(target, file, options);
  const settle = writer[Symbol.asyncDispose].bind(writer);
  return Object.assign(writer, {
    async [Symbol.asyncDispose]() {
      await settle();
      await file[Symbol.asyncDispose]();
    },
  });
}
