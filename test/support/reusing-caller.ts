import type { DeviceWriter } from '../../src/disk/write/writer.ts';
import { alignedBuffers, isAligned } from '../../src/lib/aligned-memory.ts';
import { chunkBytes } from '../../src/lib/bytes.ts';
import { openWriter } from './loop-target.ts';

/** Such memory is scarce: each piece of it uses gigabytes of the address space. */
const aligned: Uint8Array[] = [];

/**
 * A writer whose callers reuse their memory as soon as they may: when the promise has settled. Otherwise
 * a later write of that memory would remain unnoticed.
 */
export async function openReusedWriter(
  ...args: Parameters<typeof openWriter>
): Promise<DeviceWriter> {
  const writer = await openWriter(...args);
  const write = writer.write.bind(writer);
  return Object.assign(writer, {
    async write(offsetBytes: number, bytes: Uint8Array) {
      const whole = isAligned(bytes) && bytes.length === chunkBytes;
      if (whole && aligned.length === 0) aligned.push(...alignedBuffers(16, chunkBytes));
      const own = whole ? (aligned.pop() as Uint8Array) : new Uint8Array(bytes.length);
      own.set(bytes);
      try {
        await write(offsetBytes, own);
      } finally {
        own.fill(0xee);
        if (whole) aligned.push(own);
      }
    },
  });
}
