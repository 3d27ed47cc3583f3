import { DecodeFault } from '../image/decoders/fault.ts';
import { type LzmaError, type LzmaStream, loadAddon } from './addon.ts';

/** One piece of a stream has been decoded. */
export interface PieceResult {
  /** The stream has ended, in or after this piece. */
  readonly ended: boolean;
  /** Input used since the stream began. */
  readonly usedBytes: number;
}

/**
 * Decodes one .xz stream on libuv's thread pool, piece by piece. liblzma verifies everything that
 * the format lets it verify. Disposing of it frees the dictionary.
 */
export class NativeDecoder implements Disposable {
  readonly #stream: LzmaStream;

  constructor(outputBufferBytes: number) {
    this.#stream = new (loadAddon().Stream)();
    this.#stream.streamDecoder_(null, 0);
    this.#stream.setBufsize(outputBufferBytes);
  }

  /**
   * `take` gets the output while this waits; its bytes are gone when it returns. One call at a
   * time. The piece is copied before this returns its promise. Throws `DecodeFault`.
   */
  decode(piece: Uint8Array, take: (bytes: Uint8Array) => void): Promise<PieceResult> {
    return new Promise((resolve, reject) => {
      let ended = false;
      let failure: unknown;
      let usedBytes = 0;
      this.#stream.bufferHandler = (bytes, usedChunks, error, totalInBytes) => {
        usedBytes = totalInBytes ?? usedBytes;
        if (bytes) {
          try {
            if (failure === undefined) take(bytes);
          } catch (reason) {
            failure = reason;
          }
          release(bytes);
        } else if (error) {
          failure ??= toFault(error, usedBytes);
        } else if (bytes === null) {
          ended = true;
        }
        if (usedChunks === undefined) return;
        // Not at once: the addon takes its lock again when this returns, and would wait for the
        // thread that decodes the next piece.
        setImmediate(() => {
          if (failure === undefined) resolve({ ended, usedBytes });
          else reject(failure);
        });
      };
      this.#stream.code(piece, true);
    });
  }

  [Symbol.dispose](): void {
    this.#stream.bufferHandler = () => {};
    this.#stream.resetUnderlying();
  }
}

/** Gives memory back at once that the garbage collector would find only much later. */
export function release(bytes: Uint8Array): void {
  (bytes.buffer as ArrayBuffer).transfer(0);
}

function toFault(error: LzmaError, usedBytes: number): DecodeFault {
  const { MEM_ERROR, MEMLIMIT_ERROR, OPTIONS_ERROR } = loadAddon();
  if (error.code === MEM_ERROR || error.code === MEMLIMIT_ERROR)
    return new DecodeFault('memory', 'there is not enough free memory to decompress it');
  if (error.code === OPTIONS_ERROR)
    return new DecodeFault('unsupported', 'a filter or its options', usedBytes);
  return new DecodeFault(
    'damaged',
    'what a block decodes to is not what was compressed',
    usedBytes,
  );
}
