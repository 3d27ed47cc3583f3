import { alignedBuffers } from './aligned-memory.ts';
import { chunkBytes } from './bytes.ts';

/**
 * Page-aligned memory for chunks, which is reused, so that a long image makes no garbage. A chunk
 * still has its former contents: the caller fills all of what it passes on.
 */
export class ChunkPool {
  readonly #free: Uint8Array[] = [];

  /** Reserves memory for `count` more chunks; the kernel provides it at the first use. */
  add(count: number): void {
    this.#free.push(...alignedBuffers(count, chunkBytes));
  }

  /** Undefined when none is free. */
  take(): Uint8Array | undefined {
    return this.#free.pop();
  }

  /** Only a chunk of this pool, which nobody reads or writes any more. */
  giveBack(chunk: Uint8Array): void {
    this.#free.push(chunk);
  }
}
