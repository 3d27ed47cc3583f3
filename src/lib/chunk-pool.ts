import { alignedBuffers } from './aligned-memory.ts';
import { chunkBytes } from './chunk.ts';

/**
 * Page-aligned memory for chunks, which is used again, so that a long image costs no garbage. A
 * chunk holds whatever it held before: who takes one fills all of what it hands on.
 */
export class ChunkPool {
  readonly #free: Uint8Array[] = [];

  /** Takes memory for so many more; the kernel gives it when it is used. */
  add(count: number): void {
    this.#free.push(...alignedBuffers(count, chunkBytes));
  }

  /** Undefined when none is free. */
  take(): Uint8Array | undefined {
    return this.#free.pop();
  }

  /** Of what was taken here only. Nobody reads or writes it any more. */
  giveBack(chunk: Uint8Array): void {
    this.#free.push(chunk);
  }
}
