import type { DeviceWriter } from '../../src/disk/write/writer.ts';
import { alignedBuffers, isAligned } from '../../src/lib/aligned-memory.ts';
import { chunkBytes } from '../../src/lib/chunk.ts';
import { openWriter } from './loop-target.ts';

/** Such memory is scarce: each piece of it takes gigabytes of the address space. */
const aligned: Uint8Array[] = [];

/**
 * A writer whose callers put other things into their memory at the moment at which they may: when
 * the promise has settled. Nobody sees it at once if such bytes are written later.
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
