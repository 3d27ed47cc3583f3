import type { BlockRecord } from './index-records.ts';
import type { BlockHeader, StreamHeader } from './xz-headers.ts';

/** Called, in the order of the file, for everything that the walker walks past. */
export interface XzVisitor {
  streamStart(header: StreamHeader): void;
  blockStart(header: BlockHeader): void;
  /** The bytes that follow, up to the next call of this or `blockEnd`, decode to `outputBytes`. */
  chunkStart(outputBytes: number): void;
  /** Every byte of a block, its header included; a view of what was pushed. */
  blockBytes(bytes: Uint8Array): void;
  blockEnd(record: BlockRecord): void;
  streamEnd(): void;
}
