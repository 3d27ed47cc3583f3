import type { Gunzip, ZstdDecompress } from 'node:zlib';
import { abortable } from './abortable.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { DecodeFault } from './fault.ts';

/** Size of zlib's output buffers. */
export const engineBufferBytes = 256 * 1024;

/**
 * Drives one of Node's decompressors: input in, output to a `ChunkWriter`, no more in memory than
 * a few buffers, however well the input is compressed.
 */
export class ZlibEngine implements AsyncDisposable {
  readonly #transform: Gunzip | ZstdDecompress;
  readonly #writer: ChunkWriter;
  readonly #halt = new AbortController();
  /** Aborts with the reason when decoding or the sink fails, or the caller gives up. */
  readonly signal: AbortSignal;
  readonly #drained: Promise<void>;
  /** What has been decoded so far. */
  outputBytes = 0;

  constructor(transform: Gunzip | ZstdDecompress, writer: ChunkWriter, signal: AbortSignal) {
    this.#transform = transform;
    this.#writer = writer;
    this.signal = AbortSignal.any([signal, this.#halt.signal]);
    this.#drained = this.#drain().catch((error: unknown) => this.#halt.abort(toFault(error)));
  }

  /** Decodes these bytes; returns how many were wanted: fewer only after the data's end. */
  async write(bytes: Uint8Array): Promise<number> {
    const before = this.#transform.bytesWritten;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#transform.write(bytes, (error) => (error ? reject(toFault(error)) : resolve()));
    await abortable(promise, this.signal);
    return this.#transform.bytesWritten - before;
  }

  /** No more input: waits for the rest of the output. Throws when the data is incomplete. */
  async end(): Promise<void> {
    this.#transform.end();
    await abortable(this.#drained, this.signal);
    this.signal.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transform.destroy();
    await this.#drained;
  }

  async #drain(): Promise<void> {
    for await (const bytes of this.#transform) {
      this.#writer.put(this.outputBytes, bytes);
      this.outputBytes += bytes.length;
      await abortable(this.#writer.ready(), this.signal);
    }
  }
}

/** zlib's codes begin with Z_ and ZSTD_; anything else is not about the data. */
function toFault(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (code === 'Z_BUF_ERROR') return new DecodeFault('truncated', 'the data is incomplete');
  if (code === 'Z_MEM_ERROR' || code === 'ZSTD_error_memory_allocation')
    return new DecodeFault('memory', 'there is not enough free memory to decompress it');
  return /^(Z|ZSTD)_/.test(code) ? new DecodeFault('damaged', error.message) : error;
}
